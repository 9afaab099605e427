import Bytes
import DICOM
import Domain
import Imaging
import Testing

@Suite struct DataSetChangesTests {
    static let source = UID("1.2.840.1") ?? SOPClass.ultrasoundImage.uid
    static let derived = UID("2.25.7") ?? SOPClass.ultrasoundImage.uid

    static func image(_ change: (inout DataSet) -> Void = { _ in }) -> DataSet {
        PixelDescriptionTests.dataSet {
            $0.set(.sopClassUID, SOPClass.ultrasoundMultiFrameImage.uid)
            $0.set(.sopInstanceUID, source)
            $0.set(.imageType, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0001")
            change(&$0)
        }
    }

    static func item(_ change: (inout DataSet) -> Void) -> DataSet {
        var dataSet = DataSet()
        change(&dataSet)
        return dataSet
    }

    static func change(
        _ dataSet: DataSet, _ parameters: CodecParameters, samples: PhotometricInterpretation = .rgb
    ) throws -> PixelChange {
        PixelChange(
            from: .explicitVRLittleEndian, to: parameters, codec: "codec 1.2", photometric: samples,
            source: try PixelDescription(dataSet), ratio: 12.3456, wasLossy: false, lossyUID: .new,
            sopInstanceUID: parameters.isLossy ? derived : source)
    }

    static func applied(
        _ parameters: CodecParameters, to dataSet: DataSet, samples: PhotometricInterpretation = .rgb,
        _ edit: (inout PixelChange) -> Void = { _ in }
    ) throws -> DataSet {
        var change = try change(dataSet, parameters, samples: samples)
        edit(&change)
        var result = dataSet
        try DataSetChanges.apply(change, to: &result)
        return result
    }

    static let jpeg = CodecParameters.jpegBaseline(quality: 90, .none)

    @Test func aLossyStepIsRecorded() throws {
        let result = try Self.applied(Self.jpeg, to: Self.image())
        #expect(result.strings(.imageType) == ["DERIVED", "PRIMARY", "ABDOMINAL", "0001"])
        #expect(result.string(.lossyImageCompression) == "01")
        #expect(result.bytes(.lossyImageCompressionRatio) == Array("12.346      ".utf8))
        #expect(result.strings(.lossyImageCompressionMethod) == ["ISO_10918_1"])
        #expect(result.uid(.sopInstanceUID) == Self.derived)
        #expect(
            result.string(.derivationDescription)
                == "Compressed from Explicit VR Little Endian to JPEG Baseline, quality 90, 4:4:4, by codec 1.2.")
    }

    // MARK: Pixels

    @Test(arguments: [
        (CodecParameters.native, "RGB"), (.rle, "RGB"), (.jpegLosslessSV1, "RGB"), (.jpegLS(near: 0), "RGB"),
        (.jpegLS(near: 2), "RGB"), (.jpeg2000(psnr: nil), "YBR_RCT"), (.jpeg2000(psnr: 50), "YBR_ICT"),
        (.jpegBaseline(quality: 90, .both), "YBR_FULL_422"), (jpeg, "YBR_FULL_422"),
        (.h264(crf: 18, isLevel42: false), "YBR_PARTIAL_420"),
    ])
    func colorIsDescribedAsTheCodestreamHasIt(_ parameters: CodecParameters, _ photometric: String) throws {
        let result = try Self.applied(parameters, to: Self.image())
        #expect(result.string(.photometricInterpretation) == photometric)
        #expect(result.ints(.planarConfiguration) == [0] && result.ints(.samplesPerPixel) == [3])
        #expect(Self.bits(result) == [8, 8, 7])
    }

    @Test(arguments: [
        (CodecParameters.native, "YBR_FULL"), (.rle, "YBR_FULL"), (.jpegLosslessSV1, "YBR_FULL"),
        (.jpegLS(near: 0), "YBR_FULL"), (.jpeg2000(psnr: nil), "YBR_FULL"), (.jpeg2000(psnr: 50), "YBR_FULL"),
        (jpeg, "YBR_FULL_422"), (.h264(crf: 18, isLevel42: true), "YBR_PARTIAL_420"),
    ])
    func samplesOfYBRFullAreNotTransformedTwice(_ parameters: CodecParameters, _ photometric: String) throws {
        let image = Self.image { $0.set(.photometricInterpretation, "YBR_FULL") }
        let result = try Self.applied(parameters, to: image, samples: .ybrFull)
        #expect(result.string(.photometricInterpretation) == photometric)
        #expect(result.ints(.planarConfiguration) == [parameters == .rle ? 1 : 0])
    }

    private static func gray(
        _ bitsAllocated: UInt16, _ bitsStored: UInt16, _ change: (inout DataSet) -> Void = { _ in }
    ) -> DataSet {
        image {
            $0.set(.samplesPerPixel, UInt16(1))
            $0.set(.photometricInterpretation, "MONOCHROME2")
            $0.set(.bitsAllocated, bitsAllocated)
            $0.set(.bitsStored, bitsStored)
            $0.set(.highBit, bitsStored - 1)
            $0.set(.pixelAspectRatio, "1", "1")
            change(&$0)
        }
    }

    private static func bits(_ dataSet: DataSet) -> [Int] {
        [DICOM.Tag.bitsAllocated, .bitsStored, .highBit].compactMap { dataSet.int($0) }
    }

    @Test(arguments: [
        (CodecParameters.native, 16, 7, [16, 7, 6]), (.rle, 16, 7, [16, 7, 6]), (.jpegLosslessSV1, 16, 7, [8, 7, 6]),
        (.jpegLS(near: 0), 16, 12, [16, 12, 11]), (.jpeg2000(psnr: nil), 16, 8, [8, 8, 7]), (jpeg, 8, 8, [8, 8, 7]),
        (.native, 8, 6, [8, 6, 5]),
    ])
    func grayHasNoPlanesAndTheBitsOfItsCodestream(
        _ parameters: CodecParameters, _ allocated: UInt16, _ stored: UInt16, _ expected: [Int]
    ) throws {
        let result = try Self.applied(parameters, to: Self.gray(allocated, stored), samples: .monochrome2)
        #expect(result[.planarConfiguration] == nil && result.string(.photometricInterpretation) == "MONOCHROME2")
        #expect(Self.bits(result) == expected)
        #expect(result.strings(.pixelAspectRatio) == ["1", "1"])
    }

    @Test func videoHasThreeSamplesAndSquarePixels() throws {
        let result = try Self.applied(
            .h264(crf: 18, isLevel42: false), to: Self.gray(8, 8), samples: .monochrome2)
        #expect(result.int(.samplesPerPixel) == 3 && result.int(.planarConfiguration) == 0)
        #expect(result.string(.photometricInterpretation) == "YBR_PARTIAL_420" && Self.bits(result) == [8, 8, 7])
        #expect(result[.pixelAspectRatio] == nil)
        #expect(result.strings(.lossyImageCompressionMethod) == ["ISO_14496_10"])
    }

    @Test func whatNoSuchCodestreamCanHoldIsRefusedAndNothingChanges() throws {
        let palette = Self.gray(8, 8) { $0.set(.photometricInterpretation, "PALETTE COLOR") }
        let refused: [(DataSet, CodecParameters, PhotometricInterpretation)] = [
            (Self.gray(16, 12), Self.jpeg, .monochrome2), (palette, Self.jpeg, .paletteColor),
            (palette, .jpeg2000(psnr: 50), .paletteColor), (Self.image(), Self.jpeg, .monochrome2),
            (Self.image(), .native, .ybrFull422), (Self.gray(16, 8), .h264(crf: 18, isLevel42: false), .monochrome2),
        ]
        for (image, parameters, samples) in refused {
            let change = try Self.change(image, parameters, samples: samples)
            var result = image
            #expect(throws: CodecError.self) { try DataSetChanges.apply(change, to: &result) }
            #expect(result == image)
        }
    }

    @Test func nativePixelDataIsOBUpToEightBits() throws {
        #expect(try PixelDescription(Self.gray(8, 8)).nativeVR == .OB)
        #expect(try PixelDescription(Self.gray(16, 8)).nativeVR == .OW)
    }

    // MARK: What stays

    /// Everything that has nothing to do with how pixels are stored.
    private static func surroundings(_ dataSet: inout DataSet) {
        let region = item {
            $0.set(.regionSpatialFormat, UInt16(1))
            $0.set(.regionLocationMinX0, UInt32(10))
            $0.set(.init(.init(0x0018, 0x602C), .FD, .bytes([1, 2, 3, 4, 5, 6, 7, 8])))
        }
        dataSet.set(.sequenceOfUltrasoundRegions, items: [region, region])
        dataSet.set(.frameTime, " 33.33")
        dataSet.set(.init(.cineRate, .IS, .bytes(Array("30 ".utf8))))
        dataSet.set(.init(.frameIncrementPointer, .AT, .bytes([0x18, 0, 0x63, 0x10])))
        dataSet.set(.iccProfile, "not text")
        dataSet.set(.init(.init(0x0009, 0x0010), .LO, .bytes(Array("ACME".utf8))))
        dataSet.set(.init(.init(0x0009, 0x1001), .UN, .bytes([0, 255, 1])))
        dataSet.set(.init(.init(0x0009, 0x1002), .SQ, .sequence([region])))
        dataSet.set(.init(.init(0x0028, 0x7FE1), .UN, .bytes([9])))
        dataSet.set(.init(.smallestImagePixelValue, .US, .bytes([0, 0])))
        dataSet.set(.init(.largestImagePixelValue, .US, .bytes([255, 0])))
        dataSet.set(.ultrasoundColorDataPresent, UInt16(1))
        dataSet.set(.patientName, "Doe^Jane ")
        dataSet.set(.init(.derivationDescription, .ST, .bytes(Array("cropped ".utf8))))
        dataSet.set(.init(.lossyImageCompressionRatio, .DS, .bytes(Array("5.30".utf8))))
    }

    /// What may differ after a step, by tag.
    private static func differences(_ left: DataSet, _ right: DataSet) -> Set<DICOM.Tag> {
        let tags = Set(left.elements.map(\.tag)).union(right.elements.map(\.tag))
        return tags.filter { left[$0] != right[$0] }
    }

    @Test(arguments: [
        (CodecParameters.native, [DICOM.Tag.planarConfiguration]), (.rle, [.planarConfiguration]),
        (.jpegLosslessSV1, [.planarConfiguration]), (.jpegLS(near: 0), [.planarConfiguration]),
        (.jpeg2000(psnr: nil), [.planarConfiguration, .photometricInterpretation]),
    ])
    func aLosslessStepTouchesThePixelDescriptionOnly(
        _ parameters: CodecParameters, _ touched: [DICOM.Tag]
    ) throws {
        let image = Self.image(Self.surroundings)
        let result = try Self.applied(parameters, to: image)
        #expect(Self.differences(image, result) == Set(touched))
    }

    @Test func aLossyStepTouchesItsOwnElementsOnly() throws {
        let image = Self.image(Self.surroundings)
        let result = try Self.applied(Self.jpeg, to: image)
        #expect(
            Self.differences(image, result) == [
                .planarConfiguration, .photometricInterpretation, .lossyImageCompression, .lossyImageCompressionRatio,
                .lossyImageCompressionMethod, .imageType, .derivationDescription, .derivationCodeSequence,
                .sourceImageSequence, .contributingEquipmentSequence, .sopInstanceUID, .smallestImagePixelValue,
                .largestImagePixelValue,
            ])
        #expect(result[.smallestImagePixelValue] == nil && result[.largestImagePixelValue] == nil)
    }

    @Test func whatIsDescribedRightAlreadyKeepsItsBytes() throws {
        let image = Self.image {
            $0.set(.init(.photometricInterpretation, .CS, .bytes(Array("RGB  ".utf8))))
            $0.set(.init(.bitsStored, .UN, .bytes([8, 0])))
            $0.set(.planarConfiguration, UInt16(0))
        }
        #expect(try Self.applied(.jpegLosslessSV1, to: image) == image)
    }

    @Test func offsetsOfTheOldFragmentsAreDropped() throws {
        let image = Self.image {
            $0.set(.init(.extendedOffsetTable, .OV, .bytes([UInt8](repeating: 0, count: 8))))
            $0.set(.init(.extendedOffsetTableLengths, .OV, .bytes([UInt8](repeating: 1, count: 8))))
            $0.set(.init(.encapsulatedPixelDataValueTotalLength, .UV, .bytes([UInt8](repeating: 1, count: 8))))
        }
        #expect(try Self.applied(.rle, to: image) == Self.applied(.rle, to: Self.image()))
    }

    // MARK: History

    @Test(arguments: ["01", "00", nil])
    func lossIsNeverTakenBack(_ said: String?) throws {
        let image = Self.image { if let said { $0.set(.lossyImageCompression, said) } }
        let lossless = try Self.applied(.native, to: image) { $0.wasLossy = true }
        #expect(lossless.string(.lossyImageCompression) == "01")
        let trusted = try Self.applied(.native, to: image)
        #expect(trusted[.lossyImageCompression] == image[.lossyImageCompression])
        #expect(try Self.applied(Self.jpeg, to: image).string(.lossyImageCompression) == "01")
    }

    @Test(arguments: [
        ("", "", "12.346      ", "ISO_10918_1"),
        ("5.3 ", "ISO_15444_1", "5.3\\12.346      ", "ISO_15444_1\\ISO_10918_1"),
        ("5.3", "", "5.3\\12.346      ", "\\ISO_10918_1"), ("", "X", "\\12.346      ", "X\\ISO_10918_1"),
        ("2\\3", "X", "2\\3\\12.346      ", "X\\\\ISO_10918_1"),
    ])
    func ratiosAndMethodsStayAligned(
        _ ratio: String, _ method: String, _ newRatio: String, _ newMethod: String
    ) throws {
        let image = Self.image {
            $0.set(.lossyImageCompressionRatio, ratio)
            $0.set(.lossyImageCompressionMethod, method)
        }
        let result = try Self.applied(Self.jpeg, to: image)
        #expect(result.bytes(.lossyImageCompressionRatio) == Array(newRatio.utf8))
        #expect(result.bytes(.lossyImageCompressionMethod) == Array(newMethod.utf8))
    }

    @Test(arguments: ["", "7.5", "7.55"])
    func aProvisionalRatioMakesAHeaderOfTheSameLength(_ history: String) throws {
        let image = Self.image { $0.set(.lossyImageCompressionRatio, history) }
        let ratios = [1, 1e-9, 0.5, 9.9996, 12.5, 123.456789, 98765.4321, 1e7, 1e30]
        var lengths: Set<Int> = []
        for ratio in ratios {
            let result = try Self.applied(Self.jpeg, to: image) { $0.ratio = ratio }
            lengths.insert(try DataSetWriter.encode(result, .explicitVRLittleEndian).count)
            let written = try #require(result.strings(.lossyImageCompressionRatio).last.flatMap { Double($0) })
            #expect(written > 0 && (ratio > 1e6 || abs(written - ratio) <= 0.001))
        }
        #expect(lengths.count == 1)
    }

    @Test(arguments: [0, -1, Double.nan, .infinity])
    func whatIsNoRatioIsRefused(_ ratio: Double) {
        #expect(throws: CodecError.self) { try Self.applied(Self.jpeg, to: Self.image()) { $0.ratio = ratio } }
    }
}
