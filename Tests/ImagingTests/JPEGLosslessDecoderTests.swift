import Bytes
import Imaging
import TestSupport
import Testing

@Suite struct JPEGLosslessDecoderTests {
    private static func planes(_ frame: [UInt8], _ format: FrameFormat) -> [[Int]] {
        let byteCount = format.bitsAllocated / 8
        return (0..<format.samplesPerPixel).map { component in
            (0..<(format.rows * format.columns)).map { pixel in
                let place = (pixel * format.samplesPerPixel + component) * byteCount
                let sample = Int(frame[place]) | (byteCount == 2 ? Int(frame[place + 1]) << 8 : 0)
                return sample & (1 << format.bitsStored - 1)
            }
        }
    }

    /// A noisy frame and what writes it as the standard says.
    private static func reference(
        _ format: FrameFormat, _ picture: CodecTest.Picture = .noise, seed: UInt64 = 1
    ) -> (frame: [UInt8], encoder: ReferenceLosslessEncoder) {
        let frame = CodecTest.frame(picture, format, seed: seed)
        let encoder = ReferenceLosslessEncoder(
            precision: format.bitsStored, rows: format.rows, columns: format.columns, planes: planes(frame, format))
        return (frame, encoder)
    }

    private static func decode(_ codestream: [UInt8], _ format: FrameFormat) throws(CodecError) -> [UInt8] {
        try CodecTest.decode(JPEGLosslessDecoder(), codestream, format)
    }

    // MARK: what T.81 allows

    @Test(arguments: 1...7, [true, false]) func everyPredictorIsUndone(predictor: Int, isInterleaved: Bool) throws {
        for format in CodecTest.formats where format.bitsStored >= 2 && format.rows * format.columns < 300 {
            var (frame, encoder) = Self.reference(format)
            encoder.predictor = predictor
            encoder.isInterleaved = isInterleaved
            #expect(try Self.decode(encoder.codestream(), format) == frame, "\(format)")
        }
    }

    @Test(arguments: [1, 4, 6], [1, 2, 3, 40]) func restartIntervalsAreUndone(predictor: Int, rows: Int) throws {
        for format in [CodecTest.grey(5, 23), CodecTest.color(7, 21, allocated: 16, stored: 12)] {
            var (frame, encoder) = Self.reference(format)
            encoder.predictor = predictor
            encoder.restartRows = rows
            #expect(try Self.decode(encoder.codestream(), format) == frame)
            encoder.isInterleaved = false
            #expect(try Self.decode(encoder.codestream(), format) == frame)
        }
    }

    @Test(arguments: [1, 7], 1...7) func pointTransformsAreUndone(predictor: Int, shift: Int) throws {
        for format in [
            CodecTest.grey(9, 5), CodecTest.color(9, 5), CodecTest.grey(9, 5, allocated: 16, isSigned: true),
        ] {
            var (frame, encoder) = Self.reference(format)
            encoder.predictor = predictor
            encoder.pointTransform = shift
            let byteCount = format.bitsAllocated / 8
            let expected = frame.enumerated().map { index, byte in
                index % byteCount == 0 ? (byte >> UInt8(shift)) << UInt8(shift) : byte
            }
            #expect(try Self.decode(encoder.codestream(), format) == expected)
        }
    }

    @Test func smallPrecisionComesInWideSamples() throws {
        let narrow = CodecTest.grey(9, 5)
        let (frame, encoder) = Self.reference(narrow)
        let wide = try Self.decode(encoder.codestream(), CodecTest.grey(9, 5, allocated: 16))
        #expect(wide == frame.flatMap { [$0, 0] })
    }

    @Test func signIsRepeatedFromThePrecisionOn() throws {
        let format = CodecTest.grey(3, 1, allocated: 16, stored: 16, isSigned: true)
        let encoder = ReferenceLosslessEncoder(precision: 12, rows: 1, columns: 3, planes: [[0xFFF, 0x7FF, 0x800]])
        #expect(try Self.decode(encoder.codestream(), format) == CodecTest.hex("FFFF FF07 00F8"))
    }

    @Test func labelComesBackUnchanged() throws {
        let format = CodecTest.color(4, 3)
        let codestream = Self.reference(format).encoder.codestream()
        for label in [PhotometricInterpretation.rgb, .ybrFull] {
            let frame = IOBuffer(capacity: 1)
            #expect(try JPEGLosslessDecoder().decode(codestream.rawSpan, format, label: label, into: frame) == label)
        }
    }

    @Test func applicationSegmentsFillBytesAndPaddingAreSkipped() throws {
        let format = CodecTest.grey(9, 5)
        let (frame, encoder) = Self.reference(format)
        let codestream = encoder.codestream()
        let segments = CodecTest.hex(
            "FFE0 0004 4A46 FFFFFF FE 0003 00 FFC4 0014 10 01000000000000000000000000000000 05")
        let (start, rest) = (Array(codestream[..<2]), Array(codestream[2...]))
        let variants: [[UInt8]] = [
            codestream + [0], codestream + CodecTest.hex("FFFF 0000 1234"),
            start + segments + rest, start + [0xFF, 0xFF] + rest,
        ]
        for variant in variants { #expect(try Self.decode(variant, format) == frame) }
    }

    @Test func componentsMayHaveAnyIdentifiersAndTables() throws {
        let format = CodecTest.color(9, 5)
        var (frame, encoder) = Self.reference(format)
        encoder.identifiers = [82, 71, 66]
        #expect(try Self.decode(encoder.codestream(), format) == frame)
    }

    // MARK: hostile

    @Test func headersThatDisagreeAreRefused() {
        let codestream = Self.reference(CodecTest.grey(9, 5, allocated: 16, stored: 12)).encoder.codestream()
        let formats = [
            CodecTest.grey(5, 9, allocated: 16), CodecTest.grey(9, 6, allocated: 16), CodecTest.grey(9, 5),
            CodecTest.color(9, 5, allocated: 16), CodecTest.grey(16384, 16384, allocated: 16),
        ]
        for format in formats {
            let frame = IOBuffer(capacity: 16)
            let error = #expect(throws: CodecError.self) {
                try JPEGLosslessDecoder().decode(codestream.rawSpan, format, label: .monochrome2, into: frame)
            }
            guard case .mismatch = error else {
                Issue.record("\(String(describing: error)) is no mismatch")
                continue
            }
            #expect(frame.capacity == 16, "memory was used before the headers were compared")
        }
    }

    /// What is wrong, and one place of a good codestream to change for it.
    @Test(arguments: [
        ("no JPEG marker at byte 0", "FFD8", "00D8"), ("has no place there", "FFD8", "FFC4"),
        ("not one of process 14", "FFC3", "FFC0"), ("not one of process 14", "FFC3", "FFCB"),
        ("precision of 17 bits", "FFC3 000B 08", "FFC3 000B 11"),
        ("precision of 1 bits", "FFC3 000B 08", "FFC3 000B 01"),
        ("number of lines follows", "08 0005", "08 0000"), ("without columns", "0005 0009", "0005 0000"),
        ("has not the length", "FFC3 000B 08", "FFC3 000C 08"), ("ends within", "FFC4 0024", "FFC4 FFFF"),
        ("ends within", "FFC4 0024", "FFC4 0001"), ("is no code", "FFC4 0024 00 0000000011", "FFC4 0024 00 030000000E"),
        ("no code", "FFC4 0024 00 00000000 11", "FFC4 0013 00 00000000 00"),
        ("is no code", "FFC4 0024 00 00000000 11 00000000", "FFC4 0024 00 00000011 00 00000000"),
        ("Huffman table 4", "FFC4 0024 00", "FFC4 0024 04"), ("which is missing", "FFC4 0024 00", "FFC4 0024 03"),
        ("categories above 16", "0D0E0F10 FFC3", "0D0E0F11 FFC3"),
        ("not those of the frame", "FFDA 0008 01 01", "FFDA 0008 01 02"),
        ("with Huffman table 4", "0101 00 01 00 00", "0101 40 01 00 00"),
        ("predictor 0", "0101 00 01 00 00", "0101 00 00 00 00"),
        ("predictor 8", "0101 00 01 00 00", "0101 00 08 00 00"),
        ("point transform of 8", "0101 00 01 00 00", "0101 00 01 00 08"),
        ("not whole rows", "FFC3 000B", "FFDD 0004 0005 FFC3 000B"),
        ("quantization table 4", "01 11 00 FFDA", "01 11 04 FFDA"),
        ("more data than its 1 rows take", "FFC3 000B", "FFDD 0004 0009 FFC3 000B"),
        ("is no number", "FFC3 000B", "FFDD 0003 00 FFC3 000B"), ("before the frame header", "FFC3 000B", "FFE3 000B"),
    ]) func wrongSegmentsAreRefused(reason: String, good: String, bad: String) throws {
        let format = CodecTest.grey(9, 5)
        let codestream = Self.reference(format).encoder.codestream()
        let (good, bad) = (CodecTest.hex(good), CodecTest.hex(bad))
        let place = try #require((0...(codestream.count - good.count)).first { codestream[$0...].starts(with: good) })
        let wrong = Array(codestream[..<place]) + bad + codestream[(place + good.count)...]
        let error = #expect(throws: CodecError.self) { try Self.decode(wrong, format) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func subsampledComponentsAreRefused() {
        let format = CodecTest.color(4, 4)
        var codestream = Self.reference(format).encoder.codestream()
        let place = (0..<codestream.count).first { codestream[$0...].starts(with: [1, 0x11, 0, 2]) } ?? 0
        codestream[place + 1] = 0x21
        #expect(throws: CodecError.unsupported("JPEG Lossless with subsampled components")) {
            try Self.decode(codestream, format)
        }
    }

    @Test func bitsThatAreNoCodeAreRefused() {
        let format = CodecTest.grey(9, 5)
        let codestream = Self.reference(format).encoder.codestream()
        let place = (0..<codestream.count).first { codestream[$0...].starts(with: [0xFF, 0xDA]) } ?? 0
        // The 5 bits 10001 begin no code of the reference.
        #expect(throws: CodecError.malformed("bits that are no JPEG Huffman code, row 0")) {
            try Self.decode(codestream[..<(place + 10)] + [UInt8](repeating: 0x8C, count: 100), format)
        }
    }

    @Test func samplesBeyondThePrecisionAreRefused() {
        let encoder = ReferenceLosslessEncoder(precision: 8, rows: 1, columns: 3, planes: [[255, 256, 255]])
        for allocated in [8, 16] {
            #expect(throws: CodecError.malformed("a JPEG sample of more than 8 bits, row 0")) {
                try Self.decode(encoder.codestream(), CodecTest.grey(3, 1, allocated: allocated))
            }
        }
    }

    @Test func restartMarkersOutOfOrderAreRefused() throws {
        let format = CodecTest.grey(9, 5)
        var encoder = Self.reference(format).encoder
        encoder.restartRows = 1
        var codestream = encoder.codestream()
        let place = try #require((0..<codestream.count).first { codestream[$0...].starts(with: [0xFF, 0xD2]) })
        codestream[place + 1] = 0xD3
        #expect(throws: CodecError.malformed("the JPEG restart marker 2 is missing at byte \(place)")) {
            try Self.decode(codestream, format)
        }
    }

    @Test func missingAndRepeatedScansAreRefused() throws {
        let format = CodecTest.color(9, 5)
        var encoder = Self.reference(format).encoder
        encoder.isInterleaved = false
        let codestream = encoder.codestream()
        let scans = (0..<codestream.count).filter { codestream[$0...].starts(with: [0xFF, 0xDA]) }
        #expect(throws: CodecError.malformed("the JPEG codestream ends before all components")) {
            try Self.decode(codestream[..<scans[2]] + [0xFF, 0xD9], format)
        }
        #expect(throws: CodecError.malformed("a JPEG component comes in two scans")) {
            try Self.decode(codestream[..<scans[2]] + Array(codestream[scans[1]...]), format)
        }
    }

    @Test func failureLeavesNothingBehind() throws {
        let format = CodecTest.color(9, 5)
        let good = Self.reference(format).encoder.codestream()
        for codestream in [[], Array(good[..<20]), Array(good[..<(good.count - 30)])] {
            #expect(CodecTest.leftAfterFailure(JPEGLosslessDecoder(), codestream, format) == 0)
        }
    }

    @Test(arguments: [true, false]) func everyTruncationIsAnErrorOrLosesOnlyTheEnd(isOurs: Bool) throws {
        for format in [CodecTest.grey(13, 9), CodecTest.color(11, 6), CodecTest.grey(9, 7, allocated: 16)] {
            var (frame, reference) = Self.reference(format, .islands)
            reference.isInterleaved = false
            reference.restartRows = 2
            let codestream =
                try isOurs ? CodecTest.encode(JPEGLosslessEncoder(), frame, format) : reference.codestream()
            for count in 0..<codestream.count {
                let decoded = try? Self.decode(Array(codestream[..<count]), format)
                #expect(decoded == nil || (decoded == frame && count >= codestream.count - 2))
            }
        }
    }

    @Test(arguments: 0..<6) func mutationsNeverCrashNorGiveAnotherSize(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let decoder = JPEGLosslessDecoder()
        for format in [CodecTest.grey(17, 9), CodecTest.color(13, 7), CodecTest.color(9, 5, allocated: 16, stored: 11)]
        {
            var (frame, reference) = Self.reference(format, .islands, seed: UInt64(seed))
            reference.predictor = seed + 2
            reference.isInterleaved = seed % 2 == 0
            reference.restartRows = seed % 3 == 0 ? 2 : nil
            for codestream in [reference.codestream(), try CodecTest.encode(JPEGLosslessEncoder(), frame, format)] {
                for _ in 0..<400 {
                    let mutant = CodecTest.mutated(codestream, &generator)
                    let decoded = try? CodecTest.decode(decoder, mutant, format)
                    #expect(decoded == nil || decoded?.count == format.byteCount)
                }
            }
        }
    }
}
