internal import Bytes
internal import DICOM

/// A frame as it goes into the object: the codestream or native samples, and how near it came.
final class EncodedFrame: @unchecked Sendable {
    /// Belongs to the lane until the frame is handed over, then to the taker.
    let bytes: IOBuffer
    let quality: QualityFigures?

    init(_ bytes: IOBuffer, _ quality: QualityFigures?) {
        self.bytes = bytes
        self.quality = quality
    }
}

/// Reads, encodes and checks frames. One for each thread.
final class FrameTranscoder {
    private let reader: FrameReader
    private let encoder: (any FrameEncoder)?
    private let verifier: FrameVerifier?
    private let photometric: PhotometricInterpretation
    private let recycler: BufferRecycler
    private let frame = IOBuffer(capacity: 1)

    /// - Parameters:
    ///   - encoder: nil for native samples.
    ///   - photometric: of the samples of every frame.
    init(
        _ image: StoredImage, _ recipe: TranscodeRecipe, _ encoder: (any FrameEncoder)?,
        _ photometric: PhotometricInterpretation, _ recycler: BufferRecycler
    ) throws(TranscodeError) {
        let parameters = recipe.parameters
        reader = try FrameReader(image)
        self.encoder = encoder
        guard encoder != nil || parameters == .native else {
            throw .codec(.unsupported("\(parameters.transferSyntax.name) is not encoded here"))
        }
        let regions = UltrasoundRegions(
            image.dataSet, columns: image.description.columns, rows: image.description.rows)
        // A gate that is not measured would be none.
        let isVerified = recipe.isVerified || recipe.gate != nil
        verifier = isVerified ? FrameVerifier(parameters, recipe.gate, regions, reader.format) : nil
        if let jpeg = encoder as? JPEGBaselineEncoder { jpeg.keepsPlanes = verifier != nil }
        self.photometric = photometric
        self.recycler = recycler
    }

    func transcode(_ index: Int) throws(TranscodeError) -> EncodedFrame {
        let found = try reader.read(index, into: frame)
        guard found == photometric else {
            throw .codec(.malformed("frame \(index + 1) is \(found.rawValue), the first is \(photometric.rawValue)"))
        }
        let frame = frame
        let output = recycler.take()
        guard let encoder else {
            output.append(frame.readable)
            return EncodedFrame(output, nil)
        }
        do throws(CodecError) {
            try encoder.encode(frame.readable, reader.format, photometric, into: output)
        } catch {
            throw .codec(error)
        }
        let quality = try verifier?.verify(output.readable, of: frame.readable, photometric, by: encoder)
        return EncodedFrame(output, quality)
    }

    /// What the samples of the image mean. Only a codestream has to be decoded to know.
    static func photometric(of image: StoredImage) throws(TranscodeError) -> PhotometricInterpretation {
        let reader = try FrameReader(image)
        if let known = reader.photometric { return known }
        return try reader.read(0, into: IOBuffer(capacity: 1))
    }
}
