import Bytes
import DICOM
import Foundation
import Imaging
import Testing

/// Real files of pydicom below CAUSEWAY_SAMPLES, decoded by our codecs.
@Suite(.enabled(if: LosslessSamples.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct LosslessSampleFilesTests {
    private struct Image {
        var syntax: TransferSyntax
        var description: PixelDescription
        var pixels: DataSet.Value

        var format: FrameFormat {
            FrameFormat(
                columns: description.columns, rows: description.rows, samplesPerPixel: description.samplesPerPixel,
                bitsAllocated: description.bitsAllocated, bitsStored: description.bitsStored,
                isSigned: description.isSigned)
        }

        /// The frames in native form; the encapsulated files have one frame, or one fragment for each.
        func frames() throws -> [[UInt8]] {
            switch pixels {
            case .bytes(let bytes):
                let count = description.nativeFrameByteCount
                return (0..<description.frameCount).map { Array(bytes[($0 * count)..<(($0 + 1) * count)]) }
            case .fragments(let fragments):
                let decoder: any FrameDecoder = syntax == .rleLossless ? RLEDecoder() : JPEGLosslessDecoder()
                let items = fragments.dropFirst()
                let frames = description.frameCount == 1 ? [Array(items.joined())] : Array(items)
                return try frames.map { try CodecTest.decode(decoder, $0, format) }
            default: return []
            }
        }
    }

    private static func image(_ name: String) throws -> Image {
        let files = try #require(FileManager.default.enumerator(atPath: LosslessSamples.directory ?? ""))
        let path = try #require(files.compactMap { $0 as? String }.first { $0.hasSuffix("/" + name) }, "\(name)")
        let bytes = [UInt8](
            try #require(FileManager.default.contents(atPath: (LosslessSamples.directory ?? "") + "/" + path)))
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else {
            throw CodecError.malformed(name)
        }
        let dataSet = try DataSetReader.read(Array(bytes[header.dataSetOffset...]), header.transferSyntax)
        let pixels = try #require(dataSet[.pixelData])
        return Image(
            syntax: header.transferSyntax, description: try PixelDescription(dataSet), pixels: pixels.value)
    }

    @Test(arguments: [
        ("SC_rgb_rle.dcm", "SC_rgb.dcm"), ("SC_rgb_rle_2frame.dcm", "SC_rgb_2frame.dcm"),
        ("SC_rgb_rle_16bit.dcm", "SC_rgb_16bit.dcm"), ("SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_16bit_2frame.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"), ("emri_small_RLE.dcm", "emri_small.dcm"),
        ("OBXXXX1A_rle.dcm", "OBXXXX1A.dcm"), ("OBXXXX1A_rle_2frame.dcm", "OBXXXX1A_2frame.dcm"),
        ("SC_rgb_jpeg_gdcm.dcm", "SC_rgb.dcm"),
    ]) func compressedFileHasTheFramesOfItsTwin(compressed: String, native: String) throws {
        let (image, twin) = (try Self.image(compressed), try Self.image(native))
        #expect(!image.syntax.isNative && twin.syntax.isNative)
        #expect(try image.frames() == twin.frames())
    }

    /// Files without a twin; the sums are those of what DCMTK's dcmdjpeg makes of them.
    @Test(arguments: [
        ("JPEG-LL.dcm", 0x1716_DCDE), ("JPGLosslessP14SV1_1s_1f_8b.dcm", 0x0248_18DA),
        ("bad_sequence.dcm", 0x3A40_951C),
    ]) func framesAreThoseThatDCMTKDecodes(name: String, sum: Int) throws {
        let frames = try Self.image(name).frames()
        #expect(frames.count == 1)
        #expect(Self.fletcher(frames[0]) == sum)
    }

    /// Both codecs of our own on frames of real images.
    @Test(arguments: ["SC_rgb.dcm", "SC_rgb_16bit.dcm", "MR_small.dcm", "emri_small.dcm", "OBXXXX1A.dcm"])
    func realFramesComeBack(name: String) throws {
        let image = try Self.image(name)
        for frame in try image.frames() {
            let rle = try CodecTest.encode(RLEEncoder(), frame, image.format)
            #expect(try CodecTest.decode(RLEDecoder(), rle, image.format) == frame)
            let jpeg = try CodecTest.encode(JPEGLosslessEncoder(), frame, image.format)
            #expect(try CodecTest.decode(JPEGLosslessDecoder(), jpeg, image.format) == frame)
        }
    }

    /// Fletcher's sum with 32 bits, of bytes.
    private static func fletcher(_ bytes: [UInt8]) -> Int {
        var (low, high) = (0, 0)
        for byte in bytes {
            low = (low + Int(byte)) % 65535
            high = (high + low) % 65535
        }
        return high << 16 | low
    }
}

private enum LosslessSamples {
    static let directory = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"]
}
