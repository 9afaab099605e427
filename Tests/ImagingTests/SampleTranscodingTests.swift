import DICOM
import Foundation
@testable import Imaging
import Reactor
import Testing

/// Real images below the directory that CAUSEWAY_SAMPLES names, from every syntax that is decoded to every one that is
/// encoded.
@Suite(.enabled(if: SampleFrame.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct SampleTranscodingTests {
    /// Larger ones take long without optimization.
    private static let nativeByteCountMax = 400_000

    private static func images() -> [(name: String, bytes: [UInt8], image: StoredImage)] {
        guard let directory = SampleFrame.directory, let names = FileManager.default.enumerator(atPath: directory)
        else { return [] }
        let paths = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".dcm") }.sorted()
        return paths.compactMap { path in
            guard let file = try? ReadableFile(path: directory + "/" + path), let image = try? StoredImage(file),
                image.description.nativeByteCount <= nativeByteCountMax, (try? FrameReader(image)) != nil,
                let data = FileManager.default.contents(atPath: directory + "/" + path)
            else { return nil }
            return (String(path.split(separator: "/").last ?? ""), Array(data), image)
        }
    }

    /// Broken on purpose.
    private static let broken: Set<String> = ["emri_small_jpeg_2k_lossless_too_short.dcm"]

    @Test func everyImageGoesThroughEveryLosslessSyntax() throws {
        let images = Self.images()
        var syntaxes: Set<TransferSyntax> = []
        var count = 0
        for (name, bytes, image) in images where !Self.broken.contains(name) {
            guard let source = try? EngineFixture.frames(bytes) else {
                Issue.record("\(name), \(image.transferSyntax), cannot be read")
                continue
            }
            syntaxes.insert(image.transferSyntax)
            for parameters in [CodecParameters.native, .rle, .jpegLosslessSV1, .jpegLS(near: 0), .jpeg2000(psnr: nil)] {
                do {
                    let made = try EngineFixture.transcode(bytes, TranscodeRecipe(parameters))
                    let frames = try EngineFixture.frames(made.bytes).frames
                    #expect(frames == source.frames, "\(name) to \(parameters)")
                    count += 1
                } catch TranscodeError.codec(.unsupported(let why)) {
                    #expect(!why.isEmpty)
                }
            }
        }
        #expect(
            syntaxes.isSuperset(of: [
                .implicitVRLittleEndian, .explicitVRLittleEndian, .explicitVRBigEndian, .rleLossless, .jpegBaseline,
                .jpegLosslessSV1, .jpegLSLossless, .jpeg2000Lossless, .jpeg2000,
            ]), "\(syntaxes)")
        #expect(count > 200, "\(count)")
    }

    @Test func everyImageOfEightBitsGoesThroughJPEG() throws {
        var count = 0
        for (name, bytes, image) in Self.images() where !Self.broken.contains(name) {
            let description = image.description
            guard description.bitsStored == 8, !description.isSigned, description.photometric != .paletteColor,
                description.columns >= 16
            else { continue }
            let made = try? EngineFixture.transcode(bytes, TranscodeRecipe(.jpegBaseline(quality: 95, .none)))
            let quality = try #require(made?.report.quality, "\(name)")
            #expect(quality.psnr.map { $0 > 30 } ?? true, "\(name): \(quality)")
            count += 1
        }
        #expect(count > 10)
    }
}
