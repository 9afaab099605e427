import DICOM
@testable import Imaging
import Testing

/// Objects made by hand after what has broken other programs (compression.md 7.2): each is refused by its own sentence,
/// or what is hostile in it is passed on unread. What is about one codestream stands with its codec.
@Suite struct HostileObjectTests {
    private static let format = LibraryCodecFixture.format(4, 2, 1)
    private static let pixels: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

    private static func refusal(_ object: [UInt8]) -> String? {
        do {
            _ = try EngineFixture.transcode(object, TranscodeRecipe(.rle))
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func native(_ change: (inout DataSet) -> Void) throws -> [UInt8] {
        try EngineFixture.native(format, [pixels], change: change)
    }

    private static func encapsulated(
        _ syntax: TransferSyntax, _ fragments: [[UInt8]], table: [Int] = [], frames: Int = 1,
        _ change: (inout DataSet) -> Void = { _ in }
    ) throws -> [UInt8] {
        var dataSet = EngineFixture.dataSet(format, frames: frames, .monochrome2)
        change(&dataSet)
        return try EngineFixture.file(
            dataSet, syntax, pixels: EngineFixture.encapsulated(fragments, table: table))
    }

    /// A whole frame of `format`.
    private static func frame() throws -> [UInt8] { try CodecTest.encode(RLEEncoder(), pixels, format) }

    // MARK: Sizes

    @Test(arguments: [
        ("0", "(0028,0008) NumberOfFrames is 0, not within 1...100000"),
        ("-1", "(0028,0008) NumberOfFrames is -1, not within 1...100000"),
        ("100001", "(0028,0008) NumberOfFrames is 100001, not within 1...100000"),
        ("99999999999999999999", "(0028,0008) NumberOfFrames is not a number of VR US or IS"),
        ("many", "(0028,0008) NumberOfFrames is not a number of VR US or IS"),
        ("1\\2", "(0028,0008) NumberOfFrames is not a number of VR US or IS"),
        ("100000", "Pixel Data has 8 bytes, and its frames need 800000"),
        ("2", "Pixel Data has 8 bytes, and its frames need 16"),
    ])
    func aNumberOfFramesThatCannotBeIsRefused(_ text: String, _ words: String) throws {
        #expect(Self.refusal(try Self.native { $0.set(.numberOfFrames, text) }) == words)
    }

    @Test(arguments: [
        (DICOM.Tag.rows, UInt16(0), "(0028,0010) Rows is 0, not within 1...65535"),
        (.columns, 0, "(0028,0011) Columns is 0, not within 1...65535"),
        (.rows, 65535, "Pixel Data has 8 bytes, and its frames need 262140"),
        (.rows, 1, "Pixel Data holds more than the 1 frames it should"),
        (.samplesPerPixel, 4, "(0028,0002) SamplesPerPixel is 4, not within 1...3"),
        (.samplesPerPixel, 3, "MONOCHROME2 with 3 samples per pixel"),
        (.bitsAllocated, 12, "Bits Allocated (0028,0100) is 12"),
        (.bitsAllocated, 65535, "(0028,0100) BitsAllocated is 65535, not within 1...64"),
        (.bitsStored, 9, "(0028,0101) BitsStored is 9, not within 1...8"),
        (.highBit, 8, "High Bit (0028,0102) is 8 with 8 of 8 bits stored"),
        (.pixelRepresentation, 2, "(0028,0103) PixelRepresentation is 2, not within 0...1"),
    ])
    func sizesThatCannotBeAreRefused(_ tag: DICOM.Tag, _ value: UInt16, _ words: String) throws {
        #expect(Self.refusal(try Self.native { $0.set(tag, value) }) == words)
    }

    /// CVE-2026-5442 and others: products that overflow 32 bits.
    @Test func numbersOf32BitsAreRefused() throws {
        for tag in [DICOM.Tag.rows, .columns] {
            let object = try Self.native { $0.set(.init(tag, .UL, .bytes([4, 0, 0, 0]))) }
            #expect(Self.refusal(object)?.hasSuffix("is not a number of VR US or IS") == true)
        }
    }

    @Test(arguments: [
        TransferSyntax.rleLossless, .jpegBaseline, .jpegLosslessSV1, .jpegLSLossless, .jpeg2000Lossless,
    ])
    func memoryBombsAreRefusedBeforeACodecSeesThem(_ syntax: TransferSyntax) throws {
        let bomb = try Self.encapsulated(syntax, [[0xFF, 0xD8, 0xFF, 0xD9]]) {
            $0.set(.photometricInterpretation, "RGB")
            $0.set(.samplesPerPixel, UInt16(3))
            $0.set(.rows, UInt16(65535))
            $0.set(.columns, UInt16(65535))
        }
        #expect(Self.refusal(bomb) == "the pixels would have more than 4294967296 bytes")
    }

    // MARK: Fragments

    @Test func fragmentsThatHoldNoFrameAreRefused() throws {
        let frame = try Self.frame()
        #expect(Self.refusal(try Self.encapsulated(.rleLossless, [frame])) == nil)
        let cases: [([UInt8], String)] = [
            (try Self.encapsulated(.rleLossless, []), "Pixel Data has no fragment"),
            (try Self.encapsulated(.rleLossless, [[]]), "an RLE frame of 0 bytes has no header"),
            (try Self.encapsulated(.rleLossless, [[], frame], frames: 2), "an RLE frame of 0 bytes has no header"),
            (
                try Self.encapsulated(.rleLossless, [frame, frame, frame], frames: 2),
                "3 fragments cannot be told apart into 2 frames: there is no usable offset table"
            ),
            (
                try Self.encapsulated(.rleLossless, [frame, frame, frame], table: [0, 0xFFFF_FFF0], frames: 2),
                "3 fragments cannot be told apart into 2 frames: there is no usable offset table"
            ),
            (
                try Self.encapsulated(.rleLossless, [frame], frames: 100_000),
                "1 fragments cannot be told apart into 100000 frames: there is no usable offset table"
            ),
        ]
        for (object, words) in cases { #expect(Self.refusal(object) == words) }
    }

    /// Offsets that overflow any sum, and a table with more of them than there are frames.
    @Test(arguments: [[UInt64.max, UInt64.max], [0, UInt64.max], [0, 1 << 63], [0, 1, 2, 3]])
    func anExtendedOffsetTableThatLiesIsNotBelieved(_ offsets: [UInt64]) throws {
        let frame = try Self.frame()
        let table = offsets.flatMap { offset in (0..<8).map { UInt8(truncatingIfNeeded: offset >> (8 * $0)) } }
        let object = try Self.encapsulated(.rleLossless, [frame, frame], frames: 2) {
            $0.set(.init(.extendedOffsetTable, .OV, .bytes(table)))
            $0.set(.init(.extendedOffsetTableLengths, .OV, .bytes(table)))
        }
        let made = try EngineFixture.frames(EngineFixture.transcode(object, TranscodeRecipe(.rle)).bytes)
        #expect(made.frames == [Self.pixels, Self.pixels])
        // It does not live on in what is sent.
        #expect(made.image.dataSet[.extendedOffsetTable] == nil)
        #expect(made.image.dataSet[.extendedOffsetTableLengths] == nil)
    }

    @Test func aDeflatedFrameThatIsLargerThanAFrameIsRefused() throws {
        let bomb = EngineFixture.stored([UInt8](repeating: 0, count: 60_000))
        let object = try Self.encapsulated(.deflatedImageFrame, [bomb])
        #expect(Self.refusal(object)?.hasPrefix("a frame is not deflated as it should be:") == true)
        #expect(Self.refusal(try Self.encapsulated(.deflatedImageFrame, [EngineFixture.stored(Self.pixels)])) == nil)
        let short = try Self.encapsulated(.deflatedImageFrame, [EngineFixture.stored([1, 2])])
        #expect(Self.refusal(short) == "a frame has 2 bytes, and should have 8")
    }

    // MARK: What is not read

    /// Palettes and overlays have broken viewers: their numbers are none of our business, and come out as they went in.
    @Test func palettesAndOverlaysThatLieArePassedOnUnread() throws {
        var object = try Self.native { dataSet in
            dataSet.set(.photometricInterpretation, "PALETTE COLOR")
            for (element, vr, bytes) in [
                (UInt16(0x1101), VR.US, [0, 0, 0xFF, 0xFF, 0xFF, 0xFF]), (0x1201, .OW, [1, 2]),
            ] as [(UInt16, VR, [UInt8])] {
                dataSet.set(.init(DICOM.Tag(0x0028, element), vr, .bytes(bytes)))
            }
            dataSet.set(.init(DICOM.Tag(0x6000, 0x0010), .US, .bytes([0xFF, 0xFF])))
            dataSet.set(.init(DICOM.Tag(0x6000, 0x0011), .US, .bytes([0xFF, 0xFF])))
            dataSet.set(.init(DICOM.Tag(0x6000, 0x0050), .SS, .bytes([0, 0x80, 0, 0x80])))
            dataSet.set(.init(DICOM.Tag(0x6000, 0x3000), .OW, .bytes([1, 2])))
        }
        let source = try EngineFixture.frames(object)
        for parameters in [CodecParameters.rle, .jpegLS(near: 0), .jpeg2000(psnr: nil), .native] {
            object = try EngineFixture.transcode(object, TranscodeRecipe(parameters)).bytes
            let made = try EngineFixture.frames(object)
            #expect(made.frames == [Self.pixels] && made.photometric == .paletteColor)
            for tag in [
                DICOM.Tag(0x0028, 0x1101), DICOM.Tag(0x0028, 0x1201), DICOM.Tag(0x6000, 0x0010),
                DICOM.Tag(0x6000, 0x0050), DICOM.Tag(0x6000, 0x3000),
            ] {
                #expect(made.image.dataSet.bytes(tag) == source.image.dataSet.bytes(tag), "\(tag)")
            }
        }
    }
}
