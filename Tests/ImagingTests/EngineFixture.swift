import Bytes
@testable import DICOM
import Foundation
@testable import Imaging
import Reactor
import TestSupport

/// Part 10 files made by hand, and what the engine makes of them.
enum EngineFixture {
    struct NoFile: Error {}

    static let sopClass = UID(literal: "1.2.840.10008.5.1.4.1.1.3.1")
    static let sopInstance = UID(literal: "1.2.3.4")

    static func dataSet(
        _ format: FrameFormat, frames: Int, _ photometric: PhotometricInterpretation, highBit: Int? = nil,
        isPlanar: Bool = false
    ) -> DataSet {
        var dataSet = DataSet()
        dataSet.set(.sopClassUID, sopClass)
        dataSet.set(.sopInstanceUID, sopInstance)
        dataSet.set(.imageType, "ORIGINAL", "PRIMARY")
        dataSet.set(.samplesPerPixel, UInt16(format.samplesPerPixel))
        dataSet.set(.photometricInterpretation, photometric.rawValue)
        if format.samplesPerPixel > 1 { dataSet.set(.planarConfiguration, UInt16(isPlanar ? 1 : 0)) }
        dataSet.set(.numberOfFrames, "\(frames)")
        dataSet.set(.rows, UInt16(format.rows))
        dataSet.set(.columns, UInt16(format.columns))
        dataSet.set(.bitsAllocated, UInt16(format.bitsAllocated))
        dataSet.set(.bitsStored, UInt16(format.bitsStored))
        dataSet.set(.highBit, UInt16(highBit ?? format.bitsStored - 1))
        dataSet.set(.pixelRepresentation, UInt16(format.isSigned ? 1 : 0))
        return dataSet
    }

    /// Elements in `syntax`, behind preamble and file meta information.
    static func file(
        _ dataSet: DataSet, _ syntax: TransferSyntax, pixels: [UInt8], trailer: DataSet = DataSet()
    ) throws -> [UInt8] {
        if syntax == .explicitVRBigEndian {
            return Part10.header(sopClass: sopClass, sopInstance: sopInstance, syntax: syntax)
                + bigEndian(dataSet) + pixels
        }
        let body =
            try DataSetWriter.encode(dataSet, syntax.isDeflated ? .explicitVRLittleEndian : syntax) + pixels
            + DataSetWriter.encode(trailer, syntax.isDeflated ? .explicitVRLittleEndian : syntax)
        return Part10.header(sopClass: sopClass, sopInstance: sopInstance, syntax: syntax)
            + (syntax.isDeflated ? stored(body) : body)
    }

    /// Texts and numbers of VR US, which is all there is; nothing of ours writes this retired syntax.
    private static func bigEndian(_ dataSet: DataSet) -> [UInt8] {
        dataSet.elements.flatMap { element -> [UInt8] in
            var value = dataSet.bytes(element.tag) ?? []
            if element.vr == .US { value.reverse() }
            if value.count & 1 == 1 { value.append(element.vr == .UI ? 0 : 0x20) }
            let numbers = [element.tag.group, element.tag.element].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            return numbers + Array(element.vr.description.utf8) + [0, UInt8(value.count)] + value
        }
    }

    /// A native object in Explicit VR Little Endian; frames as they lie in the file.
    static func native(
        _ format: FrameFormat, _ frames: [[UInt8]], _ photometric: PhotometricInterpretation? = nil,
        change: (inout DataSet) -> Void = { _ in }, trailer: DataSet = DataSet()
    ) throws -> [UInt8] {
        let photometric = photometric ?? (format.samplesPerPixel == 3 ? .rgb : .monochrome2)
        var dataSet = dataSet(format, frames: frames.count, photometric)
        change(&dataSet)
        let vr = format.bitsAllocated == 8 ? "OB" : "OW"
        return try file(
            dataSet, .explicitVRLittleEndian, pixels: pixelElement(Array(frames.joined()), vr: vr), trailer: trailer)
    }

    /// (7FE0,0010) of defined length in Explicit VR Little Endian.
    static func pixelElement(_ bytes: [UInt8], vr: String) -> [UInt8] {
        [0xE0, 0x7F, 0x10, 0x00] + Array(vr.utf8) + [0, 0] + le32(bytes.count + bytes.count & 1) + bytes
            + [UInt8](repeating: 0, count: bytes.count & 1)
    }

    /// (7FE0,0010) in fragments, which are padded.
    static func encapsulated(_ fragments: [[UInt8]], table: [Int] = []) -> [UInt8] {
        [0xE0, 0x7F, 0x10, 0x00] + Array("OB".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + sequence(fragments, table: table)
    }

    static func sequence(_ fragments: [[UInt8]], table: [Int] = []) -> [UInt8] {
        var bytes = item(table.flatMap { le32($0) })
        for fragment in fragments { bytes += item(fragment + [UInt8](repeating: 0, count: fragment.count & 1)) }
        return bytes + [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
    }

    static func item(_ bytes: [UInt8]) -> [UInt8] { [0xFE, 0xFF, 0x00, 0xE0] + le32(bytes.count) + bytes }

    static func le32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// Raw deflate without compression (RFC 1951 3.2.4).
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var at = 0
        repeat {
            let count = min(65535, bytes.count - at)
            result.append(at + count == bytes.count ? 1 : 0)
            result += [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255)]
            result += bytes[at..<(at + count)]
            at += count
        } while at < bytes.count
        return result
    }

    /// Open, and gone from the directory.
    static func readable(_ bytes: [UInt8]) throws -> ReadableFile {
        let path = temporaryPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ReadableFile(path: path)
    }

    /// What `body` writes.
    static func written<T>(_ body: (WritableFile) throws -> T) throws -> (result: T, bytes: [UInt8]) {
        let path = temporaryPath()
        let file = try WritableFile(creating: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try body(file)
        guard let data = FileManager.default.contents(atPath: path) else { throw NoFile() }
        return (result, Array(data))
    }

    static func transcode(
        _ input: [UInt8], _ recipe: TranscodeRecipe, lanes: Int = 1
    ) throws -> (report: TranscodeReport, bytes: [UInt8]) {
        let source = try readable(input)
        let made = try written { output in
            try Transcoder.transcode(source, to: output, recipe, lanes: lanes, digest: digest)
        }
        return (made.result, made.bytes)
    }

    /// All frames of an object, as the engine reads them.
    static func frames(
        _ object: [UInt8]
    ) throws -> (frames: [[UInt8]], photometric: PhotometricInterpretation?, image: StoredImage) {
        let image = try StoredImage(readable(object))
        let reader = try FrameReader(image)
        let buffer = IOBuffer(capacity: 1)
        var photometric: PhotometricInterpretation?
        var frames: [[UInt8]] = []
        for index in 0..<image.description.frameCount {
            photometric = try reader.read(index, into: buffer)
            frames.append(buffer.readable.array())
        }
        return (frames, photometric, image)
    }

    /// Not SHA-256, but it tells texts apart.
    static let digest: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: state)
        return generator.bytes(32)
    }

    private static func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("causeway-engine-\(UUID().uuidString)").path
    }

    /// A cine whose frames differ, smooth as ultrasound is, with its colors.
    static func cine(_ format: FrameFormat, frames: Int) -> [[UInt8]] {
        (0..<frames).map { number in
            LibraryCodecFixture.frame(format) { x, y, sample in
                let wave = sin(Double(x + 5 * sample + 2 * number) / 9) * cos(Double(y + 3 * sample) / 7)
                return Int((wave + 1) / 2 * Double((1 << format.bitsStored) - 1))
            }
        }
    }
}
