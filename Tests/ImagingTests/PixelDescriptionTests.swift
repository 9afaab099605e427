import DICOM
import Imaging
import Testing

@Suite struct PixelDescriptionTests {
    static func dataSet(_ change: (inout DataSet) -> Void = { _ in }) -> DataSet {
        var dataSet = DataSet()
        dataSet.set(.rows, UInt16(480))
        dataSet.set(.columns, UInt16(640))
        dataSet.set(.samplesPerPixel, UInt16(3))
        dataSet.set(.bitsAllocated, UInt16(8))
        dataSet.set(.bitsStored, UInt16(8))
        dataSet.set(.highBit, UInt16(7))
        dataSet.set(.pixelRepresentation, UInt16(0))
        dataSet.set(.photometricInterpretation, "RGB")
        dataSet.set(.planarConfiguration, UInt16(1))
        dataSet.set(.numberOfFrames, "30")
        change(&dataSet)
        return dataSet
    }

    @Test func attributesAreRead() throws {
        let description = try PixelDescription(Self.dataSet())
        #expect(description.rows == 480 && description.columns == 640 && description.frameCount == 30)
        #expect(description.isPlanar && description.photometric == .rgb && !description.isSigned)
        #expect(description.nativeFrameByteCount == 480 * 640 * 3)
    }

    @Test func sharedChromaHasFewerBytes() throws {
        let description = try PixelDescription(Self.dataSet { $0.set(.photometricInterpretation, "YBR_FULL_422") })
        #expect(description.nativeFrameByteCount == 480 * 640 * 2)
    }

    @Test(arguments: [
        (DICOM.Tag.rows, "(0028,0010) Rows is missing"),
        (DICOM.Tag.bitsAllocated, "(0028,0100) BitsAllocated is missing"),
        (DICOM.Tag.photometricInterpretation, "Photometric Interpretation (0028,0004) is missing"),
    ])
    func whatIsMissingIsNamed(_ tag: DICOM.Tag, _ words: String) {
        #expect(throws: CodecError.malformed(words)) { try PixelDescription(Self.dataSet { $0.remove(tag) }) }
    }

    /// One byte under a VR of four is no number, but neither is it nothing.
    @Test func aHighBitThatIsNoNumberIsRefused() throws {
        let words = "(0028,0102) HighBit is not a number of VR US or IS"
        let odd = Self.dataSet { $0.set(DataSet.Element(.highBit, .UL, .bytes([7]))) }
        #expect(throws: CodecError.malformed(words)) { try PixelDescription(odd) }
        #expect(try PixelDescription(Self.dataSet { $0.remove(.highBit) }).highBit == 7)
    }

    @Test func aPlanarConfigurationThatIsNoneIsRefused() throws {
        let words = "(0028,0006) PlanarConfiguration is 2, not within 0...1"
        let odd = Self.dataSet { $0.set(.planarConfiguration, UInt16(2)) }
        #expect(throws: CodecError.malformed(words)) { try PixelDescription(odd) }
        #expect(try !PixelDescription(Self.dataSet { $0.remove(.planarConfiguration) }).isPlanar)
    }

    @Test func rowsOf32BitsAreRefused() {
        let wide = Self.dataSet { $0.set(.init(.rows, .UL, .bytes([0, 0, 1, 0]))) }
        #expect(throws: CodecError.malformed("(0028,0010) Rows is not a number of VR US or IS")) {
            try PixelDescription(wide)
        }
    }

    @Test func sizeIsLimitedBeforeAnythingIsAllocated() {
        let large = Self.dataSet {
            $0.set(.rows, UInt16(65535))
            $0.set(.columns, UInt16(65535))
        }
        #expect(throws: CodecError.self) { try PixelDescription(large) }
    }
}
