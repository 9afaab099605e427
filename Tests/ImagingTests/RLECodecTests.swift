import Bytes
import Imaging
import TestSupport
import Testing

@Suite struct RLECodecTests {
    /// The segments of a frame that was encoded, without its header.
    private static func segments(_ frame: [UInt8], _ format: FrameFormat) throws -> [UInt8] {
        Array(try CodecTest.encode(RLEEncoder(), frame, format).dropFirst(64))
    }

    /// A codestream of these segments.
    private static func codestream(_ segments: [[UInt8]], offsets: [Int]? = nil) -> [UInt8] {
        var starts = [64]
        for segment in segments.dropLast() { starts.append(starts[starts.count - 1] + segment.count) }
        let numbers = [segments.count] + (offsets ?? starts)
        let header = numbers.flatMap { number in (0..<4).map { UInt8(number >> (8 * $0) & 0xFF) } }
        return header + [UInt8](repeating: 0, count: 64 - header.count) + segments.joined()
    }

    // MARK: known answers (PS3.5 G.3)

    @Test(arguments: [
        // The example of Apple's technical note 1023.
        ("AAAAAA 80002A AAAAAAAA 80002A22 AAAAAAAAAAAAAAAAAAAA", "FEAA 0280002A FDAA 0380002A22 F7AA 00"),
        ("07", "0007"), ("0707", "FF07"), ("0102", "010102 00"), ("070707", "FE07"), ("01010203", "0301010203 00"),
        ("000000 0102 030303", "FE00 010102 FE03 00"), ("0102 030303 0404", "010102 FE03 FF04 00"),
    ]) func rowIsPackedAsTheStandardSays(row: String, segment: String) throws {
        let row = CodecTest.hex(row)
        let format = CodecTest.grey(row.count, 1)
        #expect(try Self.segments(row, format) == CodecTest.hex(segment))
        #expect(try CodecTest.decode(RLEDecoder(), Self.codestream([CodecTest.hex(segment)]), format) == row)
    }

    @Test(arguments: [
        (127, "8209"), (128, "8109"), (129, "8109 0009"), (130, "8109 FF09"), (131, "8109 FE09"), (256, "8109 8109"),
    ]) func runsOfMoreThan128AreDivided(count: Int, segment: String) throws {
        let row = [UInt8](repeating: 9, count: count)
        #expect(try Self.segments(row, CodecTest.grey(count, 1)) == CodecTest.hex(segment))
    }

    @Test func literalsOfMoreThan128AreDivided() throws {
        let row = (0..<130).map { UInt8($0) }
        let expected = [0x7F] + row[..<128] + [1, 128, 129]
        #expect(try Self.segments(row, CodecTest.grey(130, 1)) == expected)
    }

    @Test func rowsArePackedSeparately() throws {
        #expect(
            try Self.segments([UInt8](repeating: 5, count: 8), CodecTest.grey(4, 2)) == CodecTest.hex("FD05 FD05"))
    }

    @Test func mostSignificantByteComesFirst() throws {
        let codestream = try CodecTest.encode(
            RLEEncoder(), CodecTest.hex("3412 3412 3412"), CodecTest.grey(3, 1, allocated: 16))
        #expect(Array(codestream[..<12]) == CodecTest.hex("02000000 40000000 42000000"))
        #expect(codestream[12..<64].allSatisfy { $0 == 0 })
        #expect(Array(codestream[64...]) == CodecTest.hex("FE12 FE34"))
    }

    @Test func samplesOfColorsAreSegmentsInOrder() throws {
        let frame = CodecTest.hex("112233 112233 112233")
        let codestream = try CodecTest.encode(RLEEncoder(), frame, CodecTest.color(3, 1))
        #expect(Array(codestream[..<16]) == CodecTest.hex("03000000 40000000 42000000 44000000"))
        #expect(Array(codestream[64...]) == CodecTest.hex("FE11 FE22 FE33"))
        let wide = CodecTest.hex("0111 0222 0333")
        #expect(
            try Self.segments(wide, CodecTest.color(1, 1, allocated: 16))
                == CodecTest.hex("0011 0001 0022 0002 0033 0003"))
    }

    @Test(arguments: ["80 0209 0807 80 80", "0209 0807 00 00 00 00", "0009 0008 0007 80", "FF09 0007 00"])
    func emptyPacketsAndPaddingAreSkipped(segment: String) throws {
        let frame = try CodecTest.decode(
            RLEDecoder(), Self.codestream([CodecTest.hex(segment)]), CodecTest.grey(3, 1))
        #expect(frame.count == 3 && frame[0] == 9 && frame[2] == 7)
    }

    // MARK: round trips

    @Test(arguments: CodecTest.Picture.allCases) func everyFormatComesBack(_ picture: CodecTest.Picture) throws {
        let (encoder, decoder) = (RLEEncoder(), RLEDecoder())
        for (index, format) in CodecTest.formats.enumerated() {
            let frame = CodecTest.frame(picture, format, seed: UInt64(index))
            let codestream = try CodecTest.encode(encoder, frame, format)
            #expect(codestream.count % 2 == 0)
            #expect(try CodecTest.decode(decoder, codestream, format) == frame, "\(format)")
        }
    }

    @Test func runsOfEveryLengthAtEveryPlaceComeBack() throws {
        let (encoder, decoder) = (RLEEncoder(), RLEDecoder())
        for count in [1, 2, 3, 4, 7, 8, 9, 127, 128, 129, 130, 131, 255, 256, 257] {
            for before in 0..<12 {
                let row = (0..<before).map { UInt8($0) } + [UInt8](repeating: 200, count: count) + [1, 2, 2, 3, 3, 3]
                let format = CodecTest.grey(row.count, 1)
                let codestream = try CodecTest.encode(encoder, row, format)
                #expect(try CodecTest.decode(decoder, codestream, format) == row)
            }
        }
    }

    @Test func worstCaseStaysWithinOneByteFor128() throws {
        let format = CodecTest.color(300, 40)
        let frame = (0..<format.byteCount).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 3) }
        let codestream = try CodecTest.encode(RLEEncoder(), frame, format)
        #expect(codestream.count <= 64 + format.byteCount + 3 * 40 * 3)
        #expect(try CodecTest.decode(RLEDecoder(), codestream, format) == frame)
    }

    // MARK: hostile

    @Test func headersThatAreWrongAreRefused() {
        let good: [UInt8] = [2, 9, 8, 7]
        let cases: [([UInt8], CodecError)] = [
            ([], .malformed("an RLE frame of 0 bytes has no header")),
            ([UInt8](repeating: 0, count: 64), .malformed("the RLE header says 0 segments")),
            (Self.codestream([good, good]), .mismatch("2 RLE segments where the pixels have 1 bytes")),
            (Self.codestream([good], offsets: [63]), Self.order), (Self.codestream([good], offsets: [68]), Self.order),
            (Self.codestream([good], offsets: [0xFFFF_FFFF]), Self.order),
        ]
        for (codestream, error) in cases {
            #expect(throws: error) { try CodecTest.decode(RLEDecoder(), codestream, CodecTest.grey(3, 1)) }
        }
        for offsets in [[68, 64, 72], [64, 64, 68], [64, 72, 68], [64, 68, 77]] {
            let codestream = Self.codestream([good, good, good], offsets: offsets)
            #expect(throws: Self.order) { try CodecTest.decode(RLEDecoder(), codestream, CodecTest.color(3, 1)) }
        }
    }

    private static let order = CodecError.malformed("the RLE segment offsets do not ascend within the frame")

    @Test(arguments: [
        "0109 08", "0309 0807 06", "FD09", "FE", "02", "0209 08", "80 80 80 80", "0109 08FE 07",
        "0209 0807 0006", "0209 0807 FF06", "FE09 0007 00 01",
    ])
    func planesThatAreTooShortOrTooLongAreRefused(segment: String) {
        #expect(throws: CodecError.malformed("RLE segment 1 does not give the bytes of its plane exactly")) {
            try CodecTest.decode(
                RLEDecoder(), Self.codestream([CodecTest.hex(segment)]), CodecTest.grey(3, 1))
        }
    }

    @Test func framesOfAnotherSizeAreRefused() {
        #expect(throws: CodecError.mismatch("the frame has 5 bytes where its description needs 6")) {
            try CodecTest.encode(RLEEncoder(), [1, 2, 3, 4, 5], CodecTest.grey(3, 2))
        }
    }

    @Test func failureLeavesNothingBehind() throws {
        let format = CodecTest.grey(16, 4)
        let good = try CodecTest.encode(RLEEncoder(), CodecTest.frame(.noise, format, seed: 2), format)
        for codestream in [[], Array(good[..<64]), Array(good[..<100])] {
            #expect(CodecTest.leftAfterFailure(RLEDecoder(), codestream, format) == 0)
        }
    }

    @Test func fewBytesGetNoMemoryForManyPixels() {
        for (segment, columns) in [([UInt8](repeating: 0x81, count: 2), 192), ([0x81], 65535)] {
            let frame = IOBuffer(capacity: 16)
            #expect(throws: CodecError.malformed("an RLE segment is too short for \(columns) x 16383 pixels")) {
                try RLEDecoder().decode(
                    Self.codestream([segment]).rawSpan, CodecTest.grey(columns, 16383), label: .monochrome2, into: frame
                )
            }
            #expect(frame.capacity == 16)
        }
    }

    /// Nothing but the longest runs: 64 bytes for each one packed.
    @Test func leastBytesForAPlaneAreEnough() throws {
        let format = CodecTest.color(128, 9)
        let frame = [UInt8](repeating: 77, count: format.byteCount)
        let codestream = try CodecTest.encode(RLEEncoder(), frame, format)
        #expect(codestream.count == 64 + 3 * 9 * 2)
        #expect(try CodecTest.decode(RLEDecoder(), codestream, format) == frame)
    }

    @Test func framesOverTheLimitAreRefused() {
        let format = CodecTest.color(65535, 65535, allocated: 16)
        #expect(throws: CodecError.limit("a frame of \(format.byteCount) bytes is over the limit of 1073741824")) {
            try CodecTest.decode(RLEDecoder(), [], format)
        }
    }

    @Test func everyTruncationIsAnErrorOrOnlyPadding() throws {
        let format = CodecTest.color(13, 7, allocated: 16)
        let frame = CodecTest.frame(.islands, format, seed: 4)
        let codestream = try CodecTest.encode(RLEEncoder(), frame, format)
        for count in 0..<codestream.count {
            let decoded = try? CodecTest.decode(RLEDecoder(), Array(codestream[..<count]), format)
            #expect(decoded == nil || (decoded == frame && count == codestream.count - 1))
        }
    }

    @Test func mutationsNeverCrashNorGiveAnotherSize() throws {
        var generator = SeededGenerator(seed: 77)
        let decoder = RLEDecoder()
        for format in [CodecTest.grey(37, 9), CodecTest.color(13, 7), CodecTest.grey(21, 8, allocated: 16)] {
            let codestream = try CodecTest.encode(
                RLEEncoder(), CodecTest.frame(.islands, format, seed: 5), format)
            for _ in 0..<1500 {
                let mutant = CodecTest.mutated(codestream, &generator)
                let decoded = try? CodecTest.decode(decoder, mutant, format)
                #expect(decoded == nil || decoded?.count == format.byteCount)
            }
        }
    }
}
