package import DICOM

/// Decoders by transfer syntax.
package enum DecoderFactory {
    /// A decoder of its own for the caller's thread; nil for native syntaxes, video and what this program never decodes
    /// (C 1.1).
    package static func decoder(for syntax: TransferSyntax) -> (any FrameDecoder)? {
        switch syntax {
        case .jpegBaseline: JPEGBaselineDecoder()
        case .jpegLossless, .jpegLosslessSV1: JPEGLosslessDecoder()
        case .jpegLSLossless, .jpegLSNearLossless: JPEGLSDecoder()
        case .jpeg2000Lossless, .jpeg2000, .htj2kLossless, .htj2kLosslessRPCL, .htj2k: JPEG2000Decoder()
        case .rleLossless: RLEDecoder()
        default: nil
        }
    }
}

/// Encoders by parameters.
package enum EncoderFactory {
    /// An encoder of its own for the caller's thread; nil where frames are not encoded one by one: native and video.
    package static func encoder(for parameters: CodecParameters) -> (any FrameEncoder)? {
        switch parameters {
        case .native, .h264: nil
        case .rle: RLEEncoder()
        case .jpegLosslessSV1: JPEGLosslessEncoder()
        case .jpegLS(let near): JPEGLSEncoder(near: near)
        case .jpeg2000(let psnr): JPEG2000Encoder(psnr: psnr)
        case .jpegBaseline(let quality, let chroma): JPEGBaselineEncoder(quality: quality, chroma: chroma)
        }
    }
}
