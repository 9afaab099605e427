internal import CLinux
internal import Glibc
internal import Imaging
internal import Reactor

extension CodecTask {
    /// The process writes frames into a pipe, the encoder makes a file of them, and the process wraps that; where the
    /// recipe verifies, the encoder decodes it again meanwhile.
    ///
    /// ```
    /// input -> process -> pipe -> ffmpeg -> video -+------------------> process -> output
    ///                                              +-> ffmpeg -> pipe -^
    /// ```
    func video(
        _ source: Descriptor, _ result: Descriptor, _ output: String, _ deadline: ContinuousClock.Instant
    ) throws(CodecPoolError) -> TranscodeReport {
        guard let encoder = settings.videoEncoder else {
            throw .failed(.codec(.unsupported("there is no ffmpeg to encode video")))
        }
        guard case .cine(let cine) = try ask(.describe, recipe, [source], deadline) else {
            throw .crashed("it answered nonsense: no cine")
        }
        var last = CodecPoolError.failed(.codec(.unsupported("the recipe names no video")))
        for parameters in [recipe.parameters] + recipe.finer {
            guard case .h264(let crf, let isLevel42) = parameters else { continue }
            guard var video = VideoSettings(columns: cine.columns, rows: cine.rows, rate: cine.rate, crf: crf) else {
                throw .failed(.codec(.unsupported("\(cine.columns)x\(cine.rows) is no size of a 4:2:0 video")))
            }
            video.isLevel42 = isLevel42
            var step = recipe
            step.parameters = parameters
            step.finer = []
            let attempt = VideoAttempt(encoder: encoder, settings: video, recipe: step, deadline: deadline)
            do throws(CodecPoolError) {
                return try run(attempt, source, result, output)
            } catch {
                guard case .failed(.gateFailed) = error else { throw error }
                last = error
            }
        }
        throw last
    }

    private struct VideoAttempt {
        let encoder: VideoEncoder
        let settings: VideoSettings
        let recipe: TranscodeRecipe
        let deadline: ContinuousClock.Instant
    }

    private func run(
        _ attempt: VideoAttempt, _ source: Descriptor, _ result: Descriptor, _ output: String
    ) throws(CodecPoolError) -> TranscodeReport {
        let path = output + ".mp4"
        _ = unsafe unlink(path)
        let video = try Self.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
        // Without a name from here on, so that nothing is left however this ends.
        _ = unsafe unlink(path)
        try encode(attempt, source, video)
        guard ftruncate(result.raw, 0) == 0 else { throw .failed(.file(SystemError("ftruncate", errno).description)) }
        let task = CodecRequest.Task.wrap(encoder: attempt.encoder.version)
        guard attempt.recipe.isVerified || attempt.recipe.gate != nil else {
            return try report(task, attempt.recipe, [source, result, video], attempt.deadline)
        }
        let (end, start) = try Self.pipe()
        let decoding = try Self.started { () throws(SystemError) in
            try attempt.encoder.decode(attempt.settings, video.raw, frames: start.raw)
        }
        defer { decoding.end() }
        start.close()
        let report = try report(task, attempt.recipe, [source, result, video, end], attempt.deadline)
        end.close()
        try decoding.finish(until: attempt.deadline)
        return report
    }

    private func encode(
        _ attempt: VideoAttempt, _ source: Descriptor, _ video: Descriptor
    ) throws(CodecPoolError) {
        let (end, start) = try Self.pipe()
        let encoding = try Self.started { () throws(SystemError) in
            try attempt.encoder.encode(attempt.settings, frames: end.raw, to: video.raw)
        }
        defer { encoding.end() }
        end.close()
        do throws(CodecPoolError) {
            _ = try ask(.frames, attempt.recipe, [source, start], attempt.deadline)
        } catch {
            // When the encoder has given up, that is why the pipe broke.
            start.close()
            if case .failed(.file) = error { try encoding.finish(until: attempt.deadline) }
            throw error
        }
        start.close()
        try encoding.finish(until: attempt.deadline)
    }

    private static func started(_ body: () throws(SystemError) -> VideoRun) throws(CodecPoolError) -> VideoRun {
        do throws(SystemError) { return try body() } catch { throw .unavailable("ffmpeg: \(error)") }
    }

    /// Its end, where it is read, and its start.
    private static func pipe() throws(CodecPoolError) -> (end: Descriptor, start: Descriptor) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe clinux_pipe(&ends)
        guard result == 0 else { throw .unavailable(SystemError("pipe", -result).description) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }
}
