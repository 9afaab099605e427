package import Imaging
internal import Reactor
internal import Security

/// The codecs behind a codec process.
package struct TranscoderEngine: CodecEngine {
    package init() {}

    package func transcode(
        input: CInt, output: CInt, _ recipe: TranscodeRecipe, lanes: Int
    ) throws(TranscodeError) -> TranscodeReport {
        let target = WritableFile(descriptor: output, name: "the output")
        let source = try Self.readable(input)
        return try Transcoder.transcode(source, to: target, recipe, lanes: lanes, digest: { Digest.of($0) })
    }

    package func cine(input: CInt) throws(TranscodeError) -> CineFacts {
        let cine = try VideoObject.describe(try Self.readable(input))
        return CineFacts(columns: cine.columns, rows: cine.rows, frameCount: cine.frameCount, rate: Self.rate(cine))
    }

    package func writeFrames(input: CInt, to pipe: CInt, lanes: Int) throws(TranscodeError) {
        let target = WritableFile(descriptor: pipe, name: "the pipe to the video encoder")
        try VideoObject.writeFrames(try Self.readable(input), to: target, lanes: lanes)
    }

    package func wrap(
        _ parts: VideoParts, _ recipe: TranscodeRecipe, encoder: String
    ) throws(TranscodeError) -> TranscodeReport {
        let output = WritableFile(descriptor: parts.output, name: "the output")
        let decoded = parts.decoded.map { PipeReader(descriptor: $0) }
        let video = try Self.readable(parts.video)
        let wrapping = VideoWrapping(recipe, encoder: encoder, digest: { Digest.of($0) })
        return try VideoObject.wrap(
            try Self.readable(parts.input), video: video, decoded: decoded, to: output, wrapping)
    }

    private static func readable(_ descriptor: CInt) throws(TranscodeError) -> ReadableFile {
        do throws(SystemError) { return try ReadableFile(descriptor: descriptor) } catch {
            throw .file(error.description)
        }
    }

    /// Milliseconds with three decimals; 30 frames a second where the object does not say.
    private static func rate(_ cine: CineDescription) -> FrameRate {
        if let time = cine.millisecondsPerFrame, 1...1000 ~= time,
            let rate = FrameRate(1_000_000, Int((time * 1000).rounded()))
        {
            return rate
        }
        return cine.framesPerSecond.flatMap { FrameRate($0) } ?? .thirty
    }
}

extension FrameRate {
    fileprivate static let thirty: FrameRate = {
        guard let rate = FrameRate(30) else { preconditionFailure("30 is a rate") }
        return rate
    }()
}
