import CodecProcess
import DICOM
import Foundation
import Imaging
import Testing

private enum Found {
    static let encoder = VideoEncoder.find(in: ProcessInfo.processInfo.environment["PATH"] ?? "")
}

/// A cine through process and external encoder, with the test worker in the place of the engine.
@Suite(
    .serialized,
    .enabled(if: WorkerFixture.executable != nil && Found.encoder != nil, "there is no test worker or no ffmpeg"))
struct VideoJobTests {
    private static func recipe(_ crfs: [Int], psnrMin: Double? = nil) -> TranscodeRecipe {
        var recipe = TranscodeRecipe(.h264(crf: crfs[0], isLevel42: false))
        recipe.finer = crfs.dropFirst().map { .h264(crf: $0, isLevel42: false) }
        recipe.gate = QualityGate(psnrMin: psnrMin)
        return recipe
    }

    @Test func aCineBecomesAVideo() async throws {
        try await withWorker {
            $0.videoEncoder = Found.encoder
        } _: { worker in
            let report = try await worker.run("video 20", Self.recipe([20]))
            #expect(report.to == .mpeg4HP41 && report.isLossy)
            #expect(report.codec == Found.encoder?.version)
            #expect(try #require(report.quality?.psnr) > 35)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: worker.folder + "/object.out"))
            #expect(bytes.dropFirst(4).prefix(4) == Data("ftyp".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: worker.folder).count == 2)
            // And once more: the same bytes.
            _ = try await worker.run("video 20", Self.recipe([20]))
            #expect(try Data(contentsOf: URL(fileURLWithPath: worker.folder + "/object.out")) == bytes)
        }
    }

    @Test func aGateThatIsNotHeldIsTriedFiner() async throws {
        try await withWorker {
            $0.videoEncoder = Found.encoder
        } _: { worker in
            let report = try await worker.run("video 10", Self.recipe([51, 45, 10], psnrMin: 42))
            #expect(report.parameters == "CRF 10")
            let error = await #expect(throws: CodecPoolError.self) {
                try await worker.run("video 10", Self.recipe([51, 45], psnrMin: 60))
            }
            #expect(error?.description.hasPrefix("the quality is not held") == true)
            #expect(worker.pool.startedCount == 1)
        }
    }

    @Test func aSizeThatNoVideoHasIsAnError() async throws {
        try await withWorker {
            $0.videoEncoder = Found.encoder
        } _: { worker in
            let error = await #expect(throws: CodecPoolError.self) {
                try await worker.run("wide 10", Self.recipe([20]))
            }
            #expect(error == .failed(.codec(.unsupported("129x96 is no size of a 4:2:0 video"))))
        }
    }

    @Test func withoutAnEncoderThereIsNoVideo() async throws {
        try await withWorker { worker in
            let error = await #expect(throws: CodecPoolError.self) {
                try await worker.run("video 10", Self.recipe([20]))
            }
            #expect(error == .failed(.codec(.unsupported("there is no ffmpeg to encode video"))))
        }
    }

    @Test func aProcessThatEndsOrHangsAmongTheFramesCostsOneObject() async throws {
        try await withWorker {
            $0.videoEncoder = Found.encoder
            $0.limits.wallTimeMax = .seconds(20)
        } _: { worker in
            await #expect(throws: CodecPoolError.timedOut("no answer after 20 s")) {
                try await worker.run("short 10", Self.recipe([20]))
            }
            await #expect(throws: CodecPoolError.crashed("segmentation fault (SIGSEGV)")) {
                try await worker.run("broken 10", Self.recipe([20]))
            }
            _ = try await worker.run("video 10", Self.recipe([20]))
        }
    }

    @Test func anEncoderThatGivesUpSaysWhy() async throws {
        try await withWorker {
            var limits = CodecLimits()
            limits.fileByteCountMax = 2000
            $0.videoEncoder = VideoEncoder.find(
                in: ProcessInfo.processInfo.environment["PATH"] ?? "", limits: limits)
        } _: { worker in
            let error = await #expect(throws: CodecPoolError.self) {
                try await worker.run("video 200", Self.recipe([5]))
            }
            #expect(error?.description.contains("File too large") == true, "\(String(describing: error))")
        }
    }
}
