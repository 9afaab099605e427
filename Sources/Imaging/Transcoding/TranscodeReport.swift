package import DICOM
package import JSON

/// How near the decoded frames came to their source: the worst frame, inside the ultrasound regions.
package struct QualityFigures: Equatable, Sendable {
    /// Of the luminance in dB; nil when every sample is equal.
    package var psnr: Double?
    package var ssim: Double
    /// Samples that carry information, in bytes, over bytes of the codestream.
    package var ratio: Double

    package init(psnr: Double?, ssim: Double, ratio: Double) {
        self.psnr = psnr
        self.ssim = ssim
        self.ratio = ratio
    }
}

/// What was done to the pixels of one object, for delivery and ledger.
package struct TranscodeReport: Equatable, Sendable {
    package var sourceSOPInstanceUID: UID
    /// Of the object as it is sent.
    package var sopInstanceUID: UID
    package var from: TransferSyntax
    package var to: TransferSyntax
    /// Name and version, such as `libjpeg-turbo 2.1.5`.
    package var codec: String
    /// `CodecParameters.summary` of those that held the gate.
    package var parameters: String
    package var isLossy: Bool
    package var frameCount: Int
    /// Bytes of the native pixels.
    package var nativeByteCount: Int
    /// Bytes of the encoded pixels.
    package var encodedByteCount: Int
    /// Nil when nothing was verified.
    package var quality: QualityFigures?

    package init(
        sourceSOPInstanceUID: UID, sopInstanceUID: UID, from: TransferSyntax, to: TransferSyntax, codec: String,
        parameters: String, isLossy: Bool, frameCount: Int, nativeByteCount: Int, encodedByteCount: Int,
        quality: QualityFigures?
    ) {
        self.sourceSOPInstanceUID = sourceSOPInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.from = from
        self.to = to
        self.codec = codec
        self.parameters = parameters
        self.isLossy = isLossy
        self.frameCount = frameCount
        self.nativeByteCount = nativeByteCount
        self.encodedByteCount = encodedByteCount
        self.quality = quality
    }

    package var json: JSON {
        [
            "sourceSOPInstanceUID": .string(sourceSOPInstanceUID.text), "sopInstanceUID": .string(sopInstanceUID.text),
            "from": .string(from.uid.text), "to": .string(to.uid.text), "codec": .string(codec),
            "parameters": .string(parameters), "lossy": .bool(isLossy), "frames": JSON(frameCount),
            "nativeBytes": JSON(nativeByteCount), "encodedBytes": JSON(encodedByteCount),
            "psnr": quality?.psnr.map { JSON.double($0) } ?? .null,
            "ssim": quality.map { JSON.double($0.ssim) } ?? .null,
            "ratio": quality.map { JSON.double($0.ratio) } ?? .null,
        ]
    }
}
