import DICOM
import Foundation
import Imaging
import Reactor
import Testing

@testable import CodecProcess

private enum Samples {
    /// Ultrasound with and without colors, one with many frames, and some compressed ones.
    static let paths: [String] = {
        guard let folder = Foundation.ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"] else { return [] }
        let wanted = [
            "examples_rgb_color.dcm", "examples_ybr_color.dcm", "US1_UNCR.dcm", "US1_J2KR.dcm", "CT_small.dcm",
        ]
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return wanted.compactMap { name in all.first { $0.hasSuffix("/" + name) }.map { folder + "/" + $0 } }
    }()
}

/// The real engine in a confined process: what it makes is, byte for byte, what it makes without confinement.
@Suite(
    .serialized,
    .enabled(if: Samples.paths.count > 0 && WorkerFixture.executable != nil, "CAUSEWAY_SAMPLES names no directory"))
struct ConfinedCodecTests {
    private static let parameters: [CodecParameters] = [
        .native, .rle, .jpegLosslessSV1, .jpegLS(near: 0), .jpeg2000(psnr: nil),
        .jpegBaseline(quality: 90, .none), .h264(crf: 18, isLevel42: false),
    ]

    @Test func everyCodecMakesTheSameBytesAsWithoutConfinement() async throws {
        try await withWorker {
            $0.arguments = ["codec"]
            $0.lanes = 3
            $0.videoEncoder = VideoEncoder.find(in: Foundation.ProcessInfo.processInfo.environment["PATH"] ?? "")
        } _: { worker in
            var madeCount = 0
            for path in Samples.paths {
                for parameters in Self.parameters {
                    var recipe = TranscodeRecipe(parameters)
                    // The comparison of frames calls no system; one file with it is enough.
                    recipe.isVerified = path.hasSuffix("US1_UNCR.dcm")
                    let output = worker.folder + "/out"
                    var report: TranscodeReport?
                    var failure: CodecPoolError?
                    do {
                        report = try await worker.pool.transcode(
                            input: path, output: output, recipe, organization: "a")
                    } catch { failure = error as? CodecPoolError }
                    if case .h264 = parameters {
                        if let report { madeCount += report.encodedByteCount > 0 ? 1 : 0 }
                        continue
                    }
                    let (plain, error) = Self.plain(path, worker.folder + "/plain", recipe)
                    #expect(report == plain, "\(path) \(parameters)")
                    #expect(failure == error.map { .failed($0) }, "\(path) \(parameters)")
                    guard report != nil else { continue }
                    madeCount += 1
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
                    #expect(try bytes == Data(contentsOf: URL(fileURLWithPath: worker.folder + "/plain")))
                }
            }
            #expect(madeCount > 10, "\(madeCount)")
            #expect(worker.pool.startedCount == 1 && worker.pool.lostCount == 0)
        }
    }

    private static func plain(
        _ path: String, _ output: String, _ recipe: TranscodeRecipe
    ) -> (TranscodeReport?, TranscodeError?) {
        try? FileManager.default.removeItem(atPath: output)
        let engine = TranscoderEngine()
        do throws(TranscodeError) {
            let report = try engine.transcode(
                input: unsafe open(path, O_RDONLY), output: unsafe open(output, O_RDWR | O_CREAT, 0o600), recipe,
                lanes: 1)
            return (report, nil)
        } catch {
            return (nil, error)
        }
    }
}
