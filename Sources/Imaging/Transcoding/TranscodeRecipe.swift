package import DICOM
package import Domain

/// What an encoded frame must hold against its source, on the worst frame and inside the ultrasound regions.
package struct QualityGate: Hashable, Sendable {
    /// Of the luminance, in dB.
    package var psnrMin: Double?
    /// Structural similarity of the luminance, 0...1.
    package var ssimMin: Double?
    /// Bytes of samples that carry information (not black, chroma only where there is color) over bytes of the
    /// codestream.
    package var ratioMax: Double?
    /// Largest difference of a sample.
    package var errorMax: Int?

    package init(psnrMin: Double? = nil, ssimMin: Double? = nil, ratioMax: Double? = nil, errorMax: Int? = nil) {
        self.psnrMin = psnrMin
        self.ssimMin = ssimMin
        self.ratioMax = ratioMax
        self.errorMax = errorMax
    }
}

/// How one object's pixels are to be encoded anew. Equal recipes on equal objects give equal bytes.
package struct TranscodeRecipe: Hashable, Sendable {
    package var parameters: CodecParameters
    /// What to try in turn when the gate is not held: each one finer than the one before, in the same transfer syntax.
    package var finer: [CodecParameters] = []
    /// Nil for lossless parameters: there every sample must come back equal.
    package var gate: QualityGate?
    package var lossyUID = CompressionPolicy.LossyUID.new
    /// Bytes of the whole object at most.
    package var byteCountMax = 2 << 30
    /// Whether each frame is decoded again and compared before the object counts as made.
    package var isVerified = true

    package init(_ parameters: CodecParameters) { self.parameters = parameters }

    package var transferSyntax: TransferSyntax { parameters.transferSyntax }
}
