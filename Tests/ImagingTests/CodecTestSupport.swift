import Bytes
import Imaging
import TestSupport

/// What codec tests share: images, and calls that take and give arrays.
enum CodecTest {
    static func encode(
        _ encoder: any FrameEncoder, _ frame: [UInt8], _ format: FrameFormat
    ) throws(CodecError) -> [UInt8] {
        let codestream = IOBuffer(capacity: 16)
        // What a buffer held before must go.
        codestream.append("old")
        try encoder.encode(frame.rawSpan, format, format.samplesPerPixel == 1 ? .monochrome2 : .rgb, into: codestream)
        return codestream.readable.array()
    }

    static func decode(
        _ decoder: any FrameDecoder, _ codestream: [UInt8], _ format: FrameFormat
    ) throws(CodecError) -> [UInt8] {
        let frame = IOBuffer(capacity: 16)
        frame.append("old")
        _ = try decoder.decode(codestream.rawSpan, format, label: .monochrome2, into: frame)
        return frame.readable.array()
    }

    /// How many bytes a frame has after its decoding failed; nil when it did not fail.
    static func leftAfterFailure(
        _ decoder: any FrameDecoder, _ codestream: [UInt8], _ format: FrameFormat
    ) -> Int? {
        let frame = IOBuffer(capacity: 16)
        frame.append("old")
        do {
            _ = try decoder.decode(codestream.rawSpan, format, label: .monochrome2, into: frame)
            return nil
        } catch {
            return frame.readableCount
        }
    }

    /// The frame encoded where it lies, and once more from an address that differs by one byte.
    static func encodeShifted(
        _ encoder: any FrameEncoder, _ frame: [UInt8], _ format: FrameFormat
    ) throws(CodecError) -> (straight: [UInt8], shifted: [UInt8]) {
        let straight = try encode(encoder, frame, format)
        let (codestream, memory) = (IOBuffer(capacity: 16), [0] + frame)
        let bytes = memory.rawSpan.extracting(1..<memory.count)
        try encoder.encode(bytes, format, .monochrome2, into: codestream)
        return (straight, codestream.readable.array())
    }

    enum Picture: CaseIterable {
        case black, constant, gradient, noise, islands
    }

    /// Samples of `format`, those of signed formats with their sign repeated.
    static func frame(_ picture: Picture, _ format: FrameFormat, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        let constant = generator.next()
        return (0..<(format.rows * format.columns * format.samplesPerPixel)).flatMap { index -> [UInt8] in
            let x = index / format.samplesPerPixel % format.columns
            let y = index / format.samplesPerPixel / format.columns
            let value: UInt64 =
                switch picture {
                case .black: 0
                case .constant: constant
                case .gradient: UInt64(x * 3 + y * 5 + index % format.samplesPerPixel * 7)
                case .noise: generator.next()
                case .islands: (x / 9 + y / 4) % 3 == 0 ? generator.next() : 0
                }
            return sample(value, format)
        }
    }

    /// The low bits of `value` as a sample in memory.
    static func sample(_ value: UInt64, _ format: FrameFormat) -> [UInt8] {
        let unused = UInt64(64 - format.bitsStored)
        let bits =
            format.isSigned
            ? UInt64(bitPattern: Int64(bitPattern: value << unused) >> Int64(unused))
            : (value << unused) >> unused
        let low = UInt8(truncatingIfNeeded: bits)
        return format.bitsAllocated == 8 ? [low] : [low, UInt8(truncatingIfNeeded: bits >> 8)]
    }

    static func grey(
        _ columns: Int, _ rows: Int, allocated: Int = 8, stored: Int? = nil, isSigned: Bool = false
    ) -> FrameFormat {
        FrameFormat(
            columns: columns, rows: rows, samplesPerPixel: 1, bitsAllocated: allocated,
            bitsStored: stored ?? allocated, isSigned: isSigned)
    }

    static func color(_ columns: Int, _ rows: Int, allocated: Int = 8, stored: Int? = nil) -> FrameFormat {
        FrameFormat(
            columns: columns, rows: rows, samplesPerPixel: 3, bitsAllocated: allocated, bitsStored: stored ?? allocated)
    }

    /// Every depth from 1 to 16 bits, both signs, one sample and three, and sizes that are no multiple of anything.
    static let formats: [FrameFormat] = (1...16).flatMap { stored in
        [(1, 1), (1, 19), (37, 1), (13, 7), (67, 5)].flatMap { columns, rows in
            [1, 3].flatMap { samples in
                [8, 16].filter { $0 >= stored }.flatMap { allocated in
                    [false, true].map {
                        FrameFormat(
                            columns: columns, rows: rows, samplesPerPixel: samples, bitsAllocated: allocated,
                            bitsStored: stored, isSigned: $0)
                    }
                }
            }
        }
    }

    static func hex(_ text: String) -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace }.compactMap { $0.hexDigitValue }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Changes, removes and inserts a few bytes.
    static func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int(generator.next() % 3) {
            let place = Int(generator.next() % UInt64(bytes.count))
            switch generator.next() % 8 {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
            case 2: bytes[place] = 0xFF
            case 3: bytes.removeSubrange(place...)
            default: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            }
            if bytes.isEmpty { return bytes }
        }
        return bytes
    }
}
