import Bytes
import DICOM
import Foundation
import Imaging
import TestSupport

/// Frames and real files for the codecs on C libraries.
enum LibraryCodecFixture {
    static func format(
        _ columns: Int, _ rows: Int, _ samples: Int, stored: Int = 8, isSigned: Bool = false, allocated: Int? = nil
    ) -> FrameFormat {
        FrameFormat(
            columns: columns, rows: rows, samplesPerPixel: samples, bitsAllocated: allocated ?? (stored > 8 ? 16 : 8),
            bitsStored: stored, isSigned: isSigned)
    }

    static func photometric(_ format: FrameFormat) -> PhotometricInterpretation {
        format.samplesPerPixel == 1 ? .monochrome2 : .rgb
    }

    /// A smooth image with its full range of values.
    static func smooth(_ format: FrameFormat) -> [UInt8] {
        frame(format) { x, y, sample in
            let wave = sin(Double(x + 3 * sample) / 9) * cos(Double(y + 5 * sample) / 7)
            return Int((wave + 1) / 2 * Double((1 << format.bitsStored) - 1))
        }
    }

    /// Noise has no redundancy: the worst case for room and for every branch of an entropy coder.
    static func noise(_ format: FrameFormat, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return frame(format) { _, _, _ in Int(generator.next() & UInt64((1 << format.bitsStored) - 1)) }
    }

    /// `value` gives the stored bits as an unsigned number; those of a signed format are extended by their sign.
    static func frame(_ format: FrameFormat, _ value: (Int, Int, Int) -> Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for y in 0..<format.rows {
            for x in 0..<format.columns {
                for sample in 0..<format.samplesPerPixel {
                    var bits = value(x, y, sample)
                    if format.isSigned, bits >> (format.bitsStored - 1) == 1 { bits -= 1 << format.bitsStored }
                    bytes.append(UInt8(truncatingIfNeeded: bits))
                    if format.bitsAllocated == 16 { bytes.append(UInt8(truncatingIfNeeded: bits >> 8)) }
                }
            }
        }
        return bytes
    }

    static func values(_ bytes: [UInt8], _ format: FrameFormat) -> [Int] {
        guard format.bitsAllocated == 16 else {
            return bytes.map { format.isSigned ? Int(Int8(bitPattern: $0)) : Int($0) }
        }
        return stride(from: 0, to: bytes.count, by: 2).map {
            let bits = UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
            return format.isSigned ? Int(Int16(bitPattern: bits)) : Int(bits)
        }
    }

    static func encode(
        _ encoder: some FrameEncoder, _ frame: [UInt8], _ format: FrameFormat,
        _ photometric: PhotometricInterpretation? = nil
    ) throws -> [UInt8] {
        let codestream = IOBuffer(capacity: 0)
        try encoder.encode(frame.rawSpan, format, photometric ?? Self.photometric(format), into: codestream)
        return codestream.readable.array()
    }

    static func decode(
        _ decoder: some FrameDecoder, _ codestream: [UInt8], _ format: FrameFormat,
        _ label: PhotometricInterpretation? = nil
    ) throws -> (frame: [UInt8], photometric: PhotometricInterpretation) {
        let frame = IOBuffer(capacity: 0)
        let result = try decoder.decode(
            codestream.rawSpan, format, label: label ?? photometric(format), into: frame)
        return (frame.readable.array(), result)
    }

    /// Of all samples, in dB; infinite when they are equal.
    static func psnr(_ left: [UInt8], _ right: [UInt8], _ format: FrameFormat) -> Double {
        let pairs = zip(values(left, format), values(right, format))
        let squares = pairs.reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let peak = Double((1 << format.bitsStored) - 1)
        return 10 * log10(peak * peak / (squares / Double(values(left, format).count)))
    }

    static func largestError(_ left: [UInt8], _ right: [UInt8], _ format: FrameFormat) -> Int {
        left.count == right.count
            ? zip(values(left, format), values(right, format)).map { abs($0 - $1) }.max() ?? 0 : .max
    }

    /// What a decoder makes of a damaged stream: nil for an error, else as many bytes as the format says.
    static func survives(_ decoder: some FrameDecoder, _ codestream: [UInt8], _ format: FrameFormat) -> [UInt8]? {
        guard let result = try? decode(decoder, codestream, format) else { return nil }
        precondition(result.frame.count == format.byteCount, "a decoder made a frame of another size")
        return result.frame
    }

    /// One to three bytes changed behind `offset`.
    static func damaged(_ codestream: [UInt8], after offset: Int = 2, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = codestream
        for _ in 0...Int(generator.next() % 3) {
            bytes[offset + Int(generator.next() % UInt64(bytes.count - offset))] = UInt8(generator.next() & 255)
        }
        return bytes
    }
}

/// The first frame of a real file below the directory that CAUSEWAY_SAMPLES names.
struct SampleFrame {
    static let directory = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"]

    var syntax: TransferSyntax
    var format: FrameFormat
    var label: PhotometricInterpretation
    /// The codestream, or the native samples.
    var bytes: [UInt8]

    struct NotFound: Error { var name: String }

    init(_ name: String) throws {
        let bytes = try Self.file(name)
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else {
            throw NotFound(name: name)
        }
        syntax = header.transferSyntax
        let dataSet = try DataSetReader.read(Array(bytes[header.dataSetOffset...]), syntax)
        let description = try PixelDescription(dataSet)
        label = description.photometric
        format = FrameFormat(
            columns: description.columns, rows: description.rows, samplesPerPixel: description.samplesPerPixel,
            bitsAllocated: description.bitsAllocated, bitsStored: description.bitsStored,
            isSigned: description.isSigned)
        switch dataSet[.pixelData]?.value {
        case .bytes(let native): self.bytes = Array(native.prefix(format.byteCount))
        case .fragments(let all): self.bytes = description.frameCount == 1 ? Array(all.dropFirst().joined()) : all[1]
        default: throw NotFound(name: name)
        }
        if description.isPlanar, syntax.isNative { self.bytes = Self.interleaved(self.bytes) }
    }

    private static func file(_ name: String) throws -> [UInt8] {
        guard let directory, let files = FileManager.default.enumerator(atPath: directory),
            let path = files.compactMap({ $0 as? String }).first(where: { $0.hasSuffix("/" + name) }),
            let data = FileManager.default.contents(atPath: directory + "/" + path)
        else { throw NotFound(name: name) }
        return Array(data)
    }

    private static func interleaved(_ planes: [UInt8]) -> [UInt8] {
        let count = planes.count / 3
        return (0..<planes.count).map { planes[$0 % 3 * count + $0 / 3] }
    }
}
