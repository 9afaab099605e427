internal import Bytes
internal import DICOM
internal import Domain
package import Reactor

/// What an encoder of video must know of a cine.
package struct CineDescription: Sendable, Equatable {
    package var columns: Int
    package var rows: Int
    package var frameCount: Int
    /// Frame Time (0018,1063).
    package var millisecondsPerFrame: Double?
    /// Recommended Display Frame Rate (0008,2144), else Cine Rate (0018,0040).
    package var framesPerSecond: Int?
}

/// A cine on its way to video and back into an object; the encoder of the video is another program.
package enum VideoObject {
    package static func describe(_ input: ReadableFile) throws(TranscodeError) -> CineDescription {
        let image = try StoredImage(input)
        let dataSet = image.dataSet
        return CineDescription(
            columns: image.description.columns, rows: image.description.rows,
            frameCount: image.description.frameCount,
            millisecondsPerFrame: dataSet.string(.frameTime).flatMap { Double($0) },
            framesPerSecond: dataSet.int(.recommendedDisplayFrameRate) ?? dataSet.int(.cineRate))
    }

    /// Writes all frames as RGB of 8 bits, interleaved, one after the other.
    package static func writeFrames(
        _ input: ReadableFile, to pipe: WritableFile, lanes: Int
    ) throws(TranscodeError) {
        let image = try StoredImage(input)
        let recycler = BufferRecycler()
        try OrderedLanes.run(count: image.description.frameCount, lanes: lanes) {
            let frames = Result { () throws(TranscodeError) in try RGBFrames(image) }
            return { (index: Int) throws(TranscodeError) -> EncodedFrame in
                let output = recycler.take()
                try frames.get().read(index, into: output)
                return EncodedFrame(output, nil)
            }
        } take: { (_, frame) throws(TranscodeError) in
            let bytes = frame.bytes
            do throws(SystemError) { try pipe.write(bytes.readable) } catch { throw .file(error.description) }
            recycler.give(bytes)
        }
    }

    /// Makes an object of the cine and its video.
    ///
    /// - Parameters:
    ///   - decoded: gives the frames of the video decoded again, as `writeFrames` writes them; nil: nothing is
    ///     compared.
    ///   - encoder: name and version of the program that made the video.
    ///   - digest: SHA-256.
    package static func wrap(
        _ input: ReadableFile, video: ReadableFile, decoded: PipeReader?, to output: WritableFile,
        _ wrapping: VideoWrapping
    ) throws(TranscodeError) -> TranscodeReport {
        let image = try StoredImage(input)
        let (recipe, parameters) = (wrapping.recipe, wrapping.recipe.parameters)
        let quality = try decoded.map { (pipe) throws(TranscodeError) in
            try compare(image, pipe, videoByteCount: video.byteCount)
        }
        if let quality, let gate = recipe.gate, let why = gate.whyNot(quality) {
            throw .gateFailed(quality, reason: why)
        }
        var uid = image.sopInstanceUID
        if recipe.lossyUID == .new {
            uid = DerivedUID.make(
                source: uid, parameters: parameters, codec: wrapping.encoder, digest: wrapping.digest)
        }
        // Grey becomes three samples in the video, but it was one.
        let native = FrameFormat(image.description).byteCount * image.description.frameCount
        let ratio = Double(native) / Double(max(1, video.byteCount))
        let change = PixelChange(
            from: image.transferSyntax, to: parameters, codec: wrapping.encoder,
            photometric: image.description.samplesPerPixel == 1 ? .monochrome2 : .rgb,
            source: image.description, ratio: ratio, wasLossy: image.wasLossy, lossyUID: recipe.lossyUID,
            sopInstanceUID: uid)
        let object = try ChangedObject(image, change)
        var writer = try ObjectWriter(
            output, header: object.header, .stream(byteCount: video.byteCount), limit: recipe.byteCountMax)
        let piece = IOBuffer(capacity: 1 << 17)
        var offset = 0
        while offset < video.byteCount {
            piece.clear()
            let count = min(piece.capacity, video.byteCount - offset)
            try PixelBytes.file(video).read(count, at: offset, into: piece)
            try writer.append(piece.readable)
            offset += count
        }
        try writer.finish(header: object.header, trailer: object.trailer)
        return TranscodeReport(
            sourceSOPInstanceUID: image.sopInstanceUID, sopInstanceUID: uid, from: image.transferSyntax,
            to: parameters.transferSyntax, codec: wrapping.encoder, parameters: parameters.summary, isLossy: true,
            frameCount: image.description.frameCount, nativeByteCount: native,
            encodedByteCount: video.byteCount, quality: quality)
    }

    /// The worst frame; the ratio is of the whole video, whose frames lean on each other.
    private static func compare(
        _ image: StoredImage, _ pipe: PipeReader, videoByteCount: Int
    ) throws(TranscodeError) -> QualityFigures {
        let frames = try RGBFrames(image)
        let description = image.description
        let format = FrameFormat(
            columns: description.columns, rows: description.rows, samplesPerPixel: 3, bitsAllocated: 8, bitsStored: 8)
        let regions = UltrasoundRegions(image.dataSet, columns: description.columns, rows: description.rows)
        let samples = SampleComparison(format, regions)
        let (source, decoded) = (IOBuffer(capacity: 1), IOBuffer(capacity: 1))
        var worst = QualityFigures(psnr: nil, ssim: 1, ratio: 0)
        var information = 0
        for index in 0..<description.frameCount {
            decoded.clear()
            try frames.read(index, into: source)
            guard try take(format.byteCount, from: pipe, into: decoded) else {
                throw .verificationFailed("the video has \(index) frames, the cine \(description.frameCount)")
            }
            let luminance = samples.luminance(source.readable, decoded.readable, .rgb)
            worst = worst.worse(of: QualityFigures(psnr: luminance.psnr, ssim: luminance.ssim, ratio: 0))
            information += samples.informationByteCount(source.readable, .rgb)
        }
        guard try !take(1, from: pipe, into: decoded) else {
            throw .verificationFailed("the video has more than the \(description.frameCount) frames of the cine")
        }
        worst.ratio = Double(information) / Double(max(videoByteCount, 1))
        return worst
    }

    private static func take(
        _ count: Int, from pipe: PipeReader, into buffer: IOBuffer
    ) throws(TranscodeError) -> Bool {
        do throws(SystemError) { return try pipe.read(count, into: buffer) } catch { throw .file(error.description) }
    }
}

/// What a video was made with, and what is to be kept.
package struct VideoWrapping {
    package var recipe: TranscodeRecipe
    /// Name and version of the program.
    package var encoder: String
    /// SHA-256.
    package var digest: ([UInt8]) -> [UInt8]

    package init(_ recipe: TranscodeRecipe, encoder: String, digest: @escaping ([UInt8]) -> [UInt8]) {
        self.recipe = recipe
        self.encoder = encoder
        self.digest = digest
    }
}

/// The frames of an image as RGB of 8 bits.
private final class RGBFrames {
    private let reader: FrameReader
    private let scratch = IOBuffer(capacity: 1)

    init(_ image: StoredImage) throws(TranscodeError) {
        reader = try FrameReader(image)
        guard reader.format.bitsAllocated == 8, reader.format.bitsStored == 8, !reader.format.isSigned else {
            throw .codec(.unsupported("video takes unsigned samples of 8 bits only"))
        }
    }

    func read(_ index: Int, into frame: IOBuffer) throws(TranscodeError) {
        frame.clear()
        let scratch = scratch
        switch try reader.read(index, into: scratch) {
        case .rgb: frame.append(scratch.readable)
        case .monochrome2: repeatThrice(scratch.readable, into: frame)
        case let other: throw .codec(.unsupported("\(other.rawValue) does not become video"))
        }
    }

    private func repeatThrice(_ grey: RawSpan, into frame: IOBuffer) {
        frame.reserve(3 * grey.byteCount)
        _ = unsafe frame.withWritable { target in
            for pixel in 0..<grey.byteCount {
                let value = grey.byte(at: pixel)
                for sample in 0..<3 { unsafe target[3 * pixel + sample] = value }
            }
            return 3 * grey.byteCount
        }
    }
}
