internal import Bytes
internal import DICOM
internal import Domain
package import Reactor

/// Encodes the pixels of an object anew: file in, file out, frame by frame over several threads.
///
///     stored file -> StoredImage -> lanes: FrameReader -> encoder -> FrameVerifier -> in order: ObjectWriter
///
/// Memory is a few frames for each lane, whatever the number of frames. Equal objects and recipes give equal bytes,
/// whatever the number of lanes.
package enum Transcoder {
    /// - Parameters:
    ///   - input: a Part 10 file.
    ///   - output: empty or not; what it held is gone. After an error it holds no object.
    ///   - lanes: threads.
    ///   - digest: SHA-256, for the UID of an object whose samples changed.
    package static func transcode(
        _ input: ReadableFile, to output: WritableFile, _ recipe: TranscodeRecipe, lanes: Int,
        digest: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) throws(TranscodeError) -> TranscodeReport {
        let tools = TranscodeTools(lanes: lanes, digest: digest) { EncoderFactory.encoder(for: $0) }
        return try transcode(input, to: output, recipe, tools)
    }

    /// With tools of one's own.
    static func transcode(
        _ input: ReadableFile, to output: WritableFile, _ recipe: TranscodeRecipe, _ tools: TranscodeTools
    ) throws(TranscodeError) -> TranscodeReport {
        let image = try StoredImage(input)
        let job = TranscodeJob(
            image: image, photometric: try FrameTranscoder.photometric(of: image), lanes: tools.lanes,
            digest: tools.digest, makeEncoder: tools.makeEncoder)
        var step = recipe
        for finer in recipe.finer {
            do throws(TranscodeError) {
                return try job.run(step, to: output)
            } catch {
                guard case .gateFailed = error else { throw error }
                step.parameters = finer
            }
        }
        return try job.run(step, to: output)
    }
}

/// What a transcoding works with.
struct TranscodeTools {
    /// Threads.
    var lanes: Int
    /// SHA-256.
    var digest: @Sendable ([UInt8]) -> [UInt8]
    /// One for each lane; nil where there is none for the parameters.
    var makeEncoder: @Sendable (CodecParameters) -> (any FrameEncoder)?
}

/// One object, encoded as often as it takes.
private struct TranscodeJob {
    let image: StoredImage
    let photometric: PhotometricInterpretation
    let lanes: Int
    let digest: ([UInt8]) -> [UInt8]
    let makeEncoder: @Sendable (CodecParameters) -> (any FrameEncoder)?

    /// Encodes all frames with the recipe's first parameters; stops at the first frame that does not hold the gate.
    func run(_ recipe: TranscodeRecipe, to output: WritableFile) throws(TranscodeError) -> TranscodeReport {
        let parameters = recipe.parameters
        try check(parameters)
        let codec = CodecVersion.codecName(for: parameters)
        let uid = sopInstanceUID(recipe, codec)
        var change = PixelChange(
            from: image.transferSyntax, to: parameters, codec: codec, photometric: photometric,
            source: image.description, ratio: 1, wasLossy: image.wasLossy, lossyUID: recipe.lossyUID,
            sopInstanceUID: uid)
        let description = image.description
        var writer = try ObjectWriter(
            output, header: try ChangedObject(image, change).header,
            parameters == .native ? .native(description.nativeVR) : .frames(description.frameCount),
            limit: recipe.byteCountMax)
        let quality = try encode(recipe, into: &writer)
        let native = FrameFormat(description).byteCount * description.frameCount
        let encoded = writer.pixelByteCount
        change.ratio = Double(native) / Double(max(1, encoded))
        let object = try ChangedObject(image, change)
        try writer.finish(header: object.header, trailer: object.trailer)
        return TranscodeReport(
            sourceSOPInstanceUID: image.sopInstanceUID, sopInstanceUID: uid, from: image.transferSyntax,
            to: parameters.transferSyntax, codec: codec, parameters: parameters.summary, isLossy: parameters.isLossy,
            frameCount: description.frameCount, nativeByteCount: native, encodedByteCount: encoded, quality: quality)
    }

    /// The worst figures; nil when nothing was measured.
    private func encode(
        _ recipe: TranscodeRecipe, into writer: inout ObjectWriter
    ) throws(TranscodeError) -> QualityFigures? {
        let recycler = BufferRecycler()
        let (image, photometric, makeEncoder) = (image, photometric, makeEncoder)
        var worst: QualityFigures?
        let makeLane = { @Sendable () -> (Int) throws(TranscodeError) -> EncodedFrame in
            let lane = Result { () throws(TranscodeError) in
                try FrameTranscoder(image, recipe, makeEncoder(recipe.parameters), photometric, recycler)
            }
            return { (index) throws(TranscodeError) in try lane.get().transcode(index) }
        }
        try OrderedLanes.run(count: image.description.frameCount, lanes: lanes, makeLane: makeLane) {
            (_, frame) throws(TranscodeError) in
            if let quality = frame.quality {
                if let why = recipe.gate?.whyNot(quality) { throw .gateFailed(quality, reason: why) }
                worst = worst?.worse(of: quality) ?? quality
            }
            let bytes = frame.bytes
            try writer.append(bytes.readable)
            recycler.give(bytes)
        }
        return worst
    }

    /// What no lossy codec may touch whoever asks for it (C 2.4).
    private func check(_ parameters: CodecParameters) throws(TranscodeError) {
        guard parameters.isLossy else { return }
        guard photometric != .paletteColor, !image.description.isSigned else {
            throw .codec(.unsupported("entries of a palette and signed samples are compressed without loss only"))
        }
    }

    private func sopInstanceUID(_ recipe: TranscodeRecipe, _ codec: String) -> UID {
        guard recipe.parameters.isLossy, recipe.lossyUID == .new else { return image.sopInstanceUID }
        return DerivedUID.make(
            source: image.sopInstanceUID, parameters: recipe.parameters, codec: codec, digest: digest)
    }
}

extension QualityGate {
    /// In words, what is not held; nil when all is.
    func whyNot(_ quality: QualityFigures) -> String? {
        if let least = psnrMin, let psnr = quality.psnr, psnr < least {
            return "a frame has a PSNR of \(rounded(psnr)) dB and must have \(least)"
        }
        if let least = ssimMin, quality.ssim < least {
            return "a frame has an SSIM of \(rounded(quality.ssim)) and must have \(least)"
        }
        if let most = ratioMax, quality.ratio > most {
            return "a frame is compressed \(rounded(quality.ratio)) : 1 and may be \(most) : 1"
        }
        return nil
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

extension QualityFigures {
    /// Each figure of the one that is worse in it.
    func worse(of other: QualityFigures) -> QualityFigures {
        let psnr: Double? =
            switch (psnr, other.psnr) {
            case (let a?, let b?): min(a, b)
            case (let a, let b): a ?? b
            }
        return QualityFigures(psnr: psnr, ssim: min(ssim, other.ssim), ratio: max(ratio, other.ratio))
    }
}
