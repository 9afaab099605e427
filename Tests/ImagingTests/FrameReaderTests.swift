import DICOM
@testable import Imaging
import Testing

@Suite struct FrameReaderTests {
    private static func format(
        _ columns: Int, _ rows: Int, _ samples: Int, stored: Int = 8, isSigned: Bool = false, allocated: Int? = nil
    ) -> FrameFormat {
        LibraryCodecFixture.format(columns, rows, samples, stored: stored, isSigned: isSigned, allocated: allocated)
    }

    private static func frames(_ dataSet: DataSet, _ pixels: [UInt8]) throws -> [[UInt8]] {
        try frames(dataSet, .explicitVRLittleEndian, pixels)
    }

    private static func frames(
        _ dataSet: DataSet, _ syntax: TransferSyntax, _ pixels: [UInt8]
    ) throws -> [[UInt8]] {
        try EngineFixture.frames(EngineFixture.file(dataSet, syntax, pixels: pixels)).frames
    }

    @Test func planesBecomePixels() throws {
        let format = Self.format(2, 1, 3)
        let dataSet = EngineFixture.dataSet(format, frames: 2, .rgb, isPlanar: true)
        let pixels = EngineFixture.pixelElement([1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], vr: "OB")
        #expect(try Self.frames(dataSet, pixels) == [[1, 3, 5, 2, 4, 6], [11, 13, 15, 12, 14, 16]])
        let wide = EngineFixture.dataSet(Self.format(2, 1, 3, stored: 16), frames: 1, .rgb, isPlanar: true)
        let words = EngineFixture.pixelElement([1, 0, 2, 0, 3, 0, 4, 0, 5, 9, 6, 9], vr: "OW")
        #expect(try Self.frames(wide, words) == [[1, 0, 3, 0, 5, 9, 2, 0, 4, 0, 6, 9]])
    }

    @Test func storedBitsComeDownAndTheOthersGo() throws {
        // 12 bits at 15...4, the four below are rubbish.
        let dataSet = EngineFixture.dataSet(Self.format(2, 1, 1, stored: 12), frames: 1, .monochrome2, highBit: 15)
        let pixels = EngineFixture.pixelElement([0x3F, 0x12, 0xF5, 0xFF], vr: "OW")
        #expect(try Self.frames(dataSet, pixels) == [[0x23, 0x01, 0xFF, 0x0F]])
        // 12 bits at 11...0, rubbish above.
        let low = EngineFixture.dataSet(Self.format(2, 1, 1, stored: 12), frames: 1, .monochrome2)
        #expect(
            try Self.frames(low, EngineFixture.pixelElement([0x34, 0xF2, 0xFF, 0xAF], vr: "OW")) == [
                [0x34, 2, 0xFF, 0x0F]
            ])
        let bytes = EngineFixture.dataSet(Self.format(2, 1, 1, stored: 5), frames: 1, .monochrome2, highBit: 6)
        #expect(
            try Self.frames(bytes, EngineFixture.pixelElement([0xFF, 0b0010_1011], vr: "OB")) == [[0x1F, 0b0000_1010]])
    }

    @Test func signedBitsKeepTheirSign() throws {
        let format = Self.format(3, 1, 1, stored: 12, isSigned: true)
        let dataSet = EngineFixture.dataSet(format, frames: 1, .monochrome2)
        let pixels = EngineFixture.pixelElement([0xFF, 0x0F, 0x00, 0x08, 0xFF, 0xF7], vr: "OW")
        #expect(
            LibraryCodecFixture.values(try #require(Self.frames(dataSet, pixels).first), format) == [-1, -2048, 2047])
        let high = EngineFixture.dataSet(format, frames: 1, .monochrome2, highBit: 15)
        let shifted = EngineFixture.pixelElement([0xFF, 0xFF, 0x0F, 0x80, 0xF0, 0x7F], vr: "OW")
        #expect(
            LibraryCodecFixture.values(try #require(Self.frames(high, shifted).first), format) == [-1, -2048, 2047])
    }

    /// Explicit VR Big Endian: words of 16 bits are swapped, those of 8 bits allocated as well, across frames.
    @Test func bigEndianWordsAreSwapped() throws {
        let header: [UInt8] = [0x7F, 0xE0, 0x00, 0x10, 0x4F, 0x57, 0, 0]
        let wide = EngineFixture.dataSet(Self.format(2, 1, 1, stored: 16), frames: 1, .monochrome2)
        #expect(
            try Self.frames(wide, .explicitVRBigEndian, header + [0, 0, 0, 4, 0x12, 0x34, 0x56, 0x78]) == [
                [0x34, 0x12, 0x78, 0x56]
            ])
        let narrow = EngineFixture.dataSet(Self.format(3, 1, 1), frames: 2, .monochrome2)
        #expect(
            try Self.frames(narrow, .explicitVRBigEndian, header + [0, 0, 0, 6, 2, 1, 4, 3, 6, 5]) == [
                [1, 2, 3], [4, 5, 6],
            ])
    }

    @Test func bytesOfBigEndianStayInOrder() throws {
        let narrow = EngineFixture.dataSet(Self.format(4, 1, 1), frames: 1, .monochrome2)
        let pixels: [UInt8] = [0x7F, 0xE0, 0x00, 0x10, 0x4F, 0x42, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]
        #expect(try Self.frames(narrow, .explicitVRBigEndian, pixels) == [[1, 2, 3, 4]])
    }

    /// Y Y Cb Cr, by the formulas of PS3.3 C.7.6.3.1.2 turned round.
    @Test func sharedChromaBecomesRGB() throws {
        let dataSet = EngineFixture.dataSet(Self.format(4, 1, 3), frames: 1, .ybrFull422)
        let pixels = EngineFixture.pixelElement([76, 76, 85, 255, 29, 150, 128, 128], vr: "OB")
        let frame = try #require(Self.frames(dataSet, pixels).first)
        #expect(zip(frame, [254, 0, 0, 254, 0, 0, 29, 29, 29, 150, 150, 150]).allSatisfy { abs(Int($0) - $1) <= 1 })
        let partial = EngineFixture.dataSet(Self.format(2, 1, 3), frames: 1, .ybrPartial422)
        let dark = try #require(Self.frames(partial, EngineFixture.pixelElement([16, 235, 128, 128], vr: "OB")).first)
        #expect(dark == [0, 0, 0, 255, 255, 255])
        #expect(
            try EngineFixture.frames(EngineFixture.file(dataSet, .explicitVRLittleEndian, pixels: pixels)).photometric
                == .rgb)
    }

    @Test(arguments: [
        TransferSyntax.implicitVRLittleEndian, .explicitVRLittleEndian, .deflatedExplicitVRLittleEndian,
        .encapsulatedUncompressed, .deflatedImageFrame,
    ])
    func everyWayToStoreSamplesIsRead(syntax: TransferSyntax) throws {
        let format = Self.format(5, 3, 1)
        let frames = EngineFixture.cine(format, frames: 3)
        let pixels: [UInt8]
        switch syntax {
        case .implicitVRLittleEndian:
            let value = Array(frames.joined()) + [0]
            pixels = [0xE0, 0x7F, 0x10, 0x00] + EngineFixture.le32(value.count) + value
        case .encapsulatedUncompressed: pixels = EngineFixture.encapsulated(frames)
        case .deflatedImageFrame: pixels = EngineFixture.encapsulated(frames.map { EngineFixture.stored($0) })
        default: pixels = EngineFixture.pixelElement(Array(frames.joined()), vr: "OB")
        }
        #expect(try Self.frames(EngineFixture.dataSet(format, frames: 3, .monochrome2), syntax, pixels) == frames)
    }

    @Test func fragmentsOfAFrameAreJoined() throws {
        let format = Self.format(24, 16, 1)
        let frames = EngineFixture.cine(format, frames: 2)
        let streams = try frames.map { try LibraryCodecFixture.encode(JPEGLSEncoder(near: 0), $0, format) }
        let halves = streams.flatMap { [Array($0[..<32]), Array($0[32...])] }
        let dataSet = EngineFixture.dataSet(format, frames: 2, .monochrome2)
        #expect(try Self.frames(dataSet, .jpegLSLossless, EngineFixture.encapsulated(halves)) == frames)
    }

    @Test func lengthsThatDoNotFitAreRefused() throws {
        let dataSet = EngineFixture.dataSet(Self.format(4, 2, 1), frames: 2, .monochrome2)
        for count in [0, 14, 24, 100] {
            let pixels = EngineFixture.pixelElement([UInt8](repeating: 1, count: count), vr: "OB")
            #expect(throws: TranscodeError.self, "\(count)") { try Self.frames(dataSet, pixels) }
        }
        // Less than a frame too much is padding.
        let padded = EngineFixture.pixelElement([UInt8](repeating: 1, count: 22), vr: "OB")
        #expect(try Self.frames(dataSet, padded).count == 2)
        let cut = Array(EngineFixture.pixelElement([UInt8](repeating: 1, count: 16), vr: "OB").dropLast(3))
        #expect(throws: TranscodeError.self) { try Self.frames(dataSet, cut) }
    }

    @Test func aCodestreamFarLargerThanItsFrameIsRefused() throws {
        let dataSet = EngineFixture.dataSet(Self.format(4, 2, 1), frames: 1, .monochrome2)
        let bomb = EngineFixture.encapsulated([[UInt8](repeating: 0xFF, count: 1 << 20 + 64)])
        #expect { try Self.frames(dataSet, .jpegLSLossless, bomb) } throws: { "\($0)".contains("encoded in more than") }
    }

    @Test(arguments: [1, 32])
    func samplesOfOtherSizesAreRefused(bits: Int) throws {
        var dataSet = EngineFixture.dataSet(Self.format(8, 1, 1), frames: 1, .monochrome2)
        for tag in [DICOM.Tag.bitsAllocated, .bitsStored] { dataSet.set(tag, UInt16(bits)) }
        dataSet.set(.highBit, UInt16(bits - 1))
        let pixels = EngineFixture.pixelElement([UInt8](repeating: 1, count: max(2, bits)), vr: "OW")
        #expect { try Self.frames(dataSet, pixels) } throws: { "\($0)".contains("are not decoded here") }
    }

    @Test func elementsBehindThePixelsAreRead() throws {
        let format = Self.format(4, 2, 1)
        var trailer = DataSet()
        trailer.set(.init(DICOM.Tag(0x7FE1, 0x0010), .LO, .bytes(Array("VENDOR".utf8))))
        trailer.set(.init(DICOM.Tag(0xFFFC, 0xFFFC), .OB, .bytes([0, 0, 0, 0])))
        let object = try EngineFixture.native(format, EngineFixture.cine(format, frames: 1), trailer: trailer)
        let image = try EngineFixture.frames(object).image
        #expect(image.dataSet.bytes(DICOM.Tag(0x7FE1, 0x0010)) == Array("VENDOR".utf8))
        #expect(image.dataSet.bytes(DICOM.Tag(0xFFFC, 0xFFFC)) == [0, 0, 0, 0])
        #expect(image.dataSet[.pixelData] == nil)
    }
}
