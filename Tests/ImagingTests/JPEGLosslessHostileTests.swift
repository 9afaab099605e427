import Bytes
import Imaging
import TestSupport
import Testing

/// Codestreams that ask for memory or work they do not pay for.
@Suite struct JPEGLosslessHostileTests {
    private static func decode(
        _ codestream: [UInt8], _ format: FrameFormat
    ) -> (error: CodecError?, capacity: Int) {
        let frame = IOBuffer(capacity: 16)
        do {
            _ = try JPEGLosslessDecoder().decode(codestream.rawSpan, format, label: .monochrome2, into: frame)
            return (nil, frame.capacity)
        } catch {
            return (error, frame.capacity)
        }
    }

    private static func reference(_ format: FrameFormat, _ samples: [Int]) -> ReferenceLosslessEncoder {
        ReferenceLosslessEncoder(
            precision: format.bitsStored, rows: format.rows, columns: format.columns,
            planes: [[Int]](repeating: samples, count: format.samplesPerPixel))
    }

    /// The header says what the data set says, and hardly anything follows it.
    @Test(arguments: [(65535, 16383, 1), (16384, 16384, 3)])
    func fewBitsGetNoMemoryForManyPixels(columns: Int, rows: Int, samples: Int) throws {
        var codestream = Self.reference(CodecTest.grey(1, 1), [0]).codestream()
        if samples == 3 { codestream = Self.reference(CodecTest.color(1, 1), [0]).codestream() }
        let place = try #require((0..<codestream.count).first { codestream[$0...].starts(with: [8, 0, 1, 0, 1]) })
        codestream.replaceSubrange(
            (place + 1)..<(place + 5),
            with: [UInt8(rows >> 8), UInt8(rows & 0xFF), UInt8(columns >> 8), UInt8(columns & 0xFF)])
        let format = FrameFormat(
            columns: columns, rows: rows, samplesPerPixel: samples, bitsAllocated: 8, bitsStored: 8)
        let (error, capacity) = Self.decode(codestream, format)
        #expect(error == .malformed("the JPEG scan is too short for \(columns) x \(rows) pixels"))
        #expect(capacity == 16)
    }

    @Test func framesOverTheLimitAreRefusedBeforeTheHeader() {
        let format = CodecTest.color(65535, 65535, allocated: 16)
        let (error, capacity) = Self.decode([], format)
        #expect(error == .limit("a frame of \(format.byteCount) bytes is over the limit of 1073741824"))
        #expect(capacity == 16)
    }

    /// The later scans count too: memory for three components needs the bits of three.
    @Test func componentsToComeAreCountedWithTheFirst() throws {
        let format = CodecTest.color(64, 64)
        var encoder = Self.reference(format, [Int](repeating: 128, count: 64 * 64))
        encoder.isInterleaved = false
        let codestream = encoder.codestream()
        let scan = try #require((0..<codestream.count).first { codestream[$0...].starts(with: [0xFF, 0xDA]) })
        // Behind the scan header there are 8 * 3 * 512 bits for the samples; one byte less is too few.
        let start = scan + 10
        let short = Self.decode(Array(codestream[..<(start + 3 * 512 - 1)]), format)
        #expect(short.error == .malformed("the JPEG scan is too short for 64 x 64 pixels") && short.capacity == 16)
        let enough = Self.decode(Array(codestream[..<(start + 3 * 512)]), format)
        #expect(enough.error == .malformed("the JPEG scan ends in row 38 of 64"))
    }

    /// One bit for each sample is the least there is, and it is enough.
    @Test(arguments: [1, 3]) func oneBitForEachSampleIsDecoded(samples: Int) throws {
        let format = FrameFormat(
            columns: 256, rows: 32, samplesPerPixel: samples, bitsAllocated: 8, bitsStored: 8)
        let frame = [UInt8](repeating: 128, count: format.byteCount)
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), frame, format)
        #expect(codestream.count < format.byteCount / 8 + 130)
        #expect(try CodecTest.decode(JPEGLosslessDecoder(), codestream, format) == frame)
    }

    /// Nothing was cut off, and nothing came in between, only where the last bit of the last row is followed by EOI.
    @Test(arguments: [nil, 3]) func whatIsLeftOfAScanAndAMissingEndAreRefused(restartRows: Int?) throws {
        let format = CodecTest.grey(9, 6)
        var encoder = Self.reference(format, (0..<54).map { $0 * 3 % 256 })
        encoder.restartRows = restartRows
        let codestream = encoder.codestream()
        #expect(Self.decode(codestream, format).error == nil)
        let end = CodecError.malformed("the JPEG codestream does not end behind its last component")
        #expect(Self.decode(codestream.dropLast(2), format).error == end)
        #expect(Self.decode(codestream.dropLast(1), format).error == end)
        let rest = CodecError.malformed("the JPEG scan has more data than its 6 rows take")
        #expect(Self.decode(codestream.dropLast(2) + [0x5A, 0xFF, 0xD9], format).error == rest)
        #expect(Self.decode(codestream.dropLast(2) + [0xFF, 0x00, 0xFF, 0xD9], format).error == rest)
        let twice = Array(codestream.dropLast(2)) + Self.scan(of: codestream)
        #expect(Self.decode(twice, format).error == end)
    }

    /// From SOS through EOI.
    private static func scan(of codestream: [UInt8]) -> ArraySlice<UInt8> {
        let start = (0..<codestream.count).first { codestream[$0...].starts(with: [0xFF, 0xDA]) }
        return codestream[(start ?? 0)...]
    }

    /// A first level full of codes, of which there are more than the length has room for.
    @Test(arguments: 1...16) func codesThatAreTooManyOfEachLengthAreRefused(length: Int) {
        var counts = [UInt8](repeating: 0, count: 16)
        // Every code of the shorter lengths but one is kept free for this length; then two more than fit.
        for shorter in 1..<length { counts[shorter - 1] = 1 }
        counts[length - 1] = 3
        let symbols = (0..<counts.reduce(0) { $0 + Int($1) }).map { UInt8($0 % 17) }
        var codestream = Self.reference(CodecTest.grey(1, 1), [0]).codestream()
        let (start, count) = (4, 2 + 1 + ReferenceLosslessEncoder.table.count)
        let body = [0] + counts + symbols
        codestream.replaceSubrange(start..<(start + count), with: [0, UInt8(body.count + 2)] + body)
        #expect(
            Self.decode(codestream, CodecTest.grey(1, 1)).error == .malformed("the JPEG Huffman table 0 is no code"))
    }

    /// What one frame left in a decoder's memory is never part of the next.
    @Test func decoderThatSawOtherFramesGivesTheSame() throws {
        var generator = SeededGenerator(seed: 31)
        let (used, format) = (JPEGLosslessDecoder(), CodecTest.color(13, 7))
        let frame = CodecTest.frame(.islands, format, seed: 8)
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), frame, format)
        let other = CodecTest.grey(67, 5, allocated: 16)
        let otherCodestream = try CodecTest.encode(
            JPEGLosslessEncoder(), CodecTest.frame(.noise, other, seed: 9), other)
        for _ in 0..<500 {
            let mutant = CodecTest.mutated(codestream, &generator)
            _ = try CodecTest.decode(used, otherCodestream, other)
            let (ours, fresh) = (
                try? CodecTest.decode(used, mutant, format),
                try? CodecTest.decode(JPEGLosslessDecoder(), mutant, format)
            )
            #expect(ours == fresh)
        }
    }
}
