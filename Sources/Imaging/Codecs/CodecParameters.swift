package import DICOM

/// How many luminance samples share a chroma sample in JPEG.
package enum ChromaSubsampling: String, Sendable, CaseIterable {
    case none = "4:4:4"
    case horizontal = "4:2:2"
    case both = "4:2:0"
}

/// What an encoder is told. Equal parameters give equal bytes with the same version of the codec.
package enum CodecParameters: Hashable, Sendable {
    /// No codec: Explicit VR Little Endian.
    case native
    case rle
    case jpegLosslessSV1
    /// `near`: the largest error of a sample; 0 is lossless.
    case jpegLS(near: Int)
    /// Nil is lossless, else the PSNR in dB that the encoder aims at.
    case jpeg2000(psnr: Double?)
    /// `quality`: 1...100 as libjpeg counts.
    case jpegBaseline(quality: Int, ChromaSubsampling)
    /// `crf`: constant rate factor of x264, 0...51. Level 4.2 is for cines that are too fast for level 4.1.
    case h264(crf: Int, isLevel42: Bool)

    package var transferSyntax: TransferSyntax {
        switch self {
        case .native: .explicitVRLittleEndian
        case .rle: .rleLossless
        case .jpegLosslessSV1: .jpegLosslessSV1
        case .jpegLS(let near): near == 0 ? .jpegLSLossless : .jpegLSNearLossless
        case .jpeg2000(let psnr): psnr == nil ? .jpeg2000Lossless : .jpeg2000
        case .jpegBaseline: .jpegBaseline
        case .h264(_, let isLevel42): isLevel42 ? .mpeg4HP422D : .mpeg4HP41
        }
    }

    /// Whether samples may come back different.
    package var isLossy: Bool {
        switch self {
        case .native, .rle, .jpegLosslessSV1: false
        case .jpegLS(let near): near > 0
        case .jpeg2000(let psnr): psnr != nil
        case .jpegBaseline, .h264: true
        }
    }

    /// Term of Lossy Image Compression Method (0028,2114) (PS3.3 C.7.6.1.1.5.2); nil when lossless.
    package var lossyMethod: String? {
        guard isLossy else { return nil }
        switch self {
        case .native, .rle, .jpegLosslessSV1: return nil
        case .jpegLS: return "ISO_14495_1"
        case .jpeg2000: return "ISO_15444_1"
        case .jpegBaseline: return "ISO_10918_1"
        case .h264: return "ISO_14496_10"
        }
    }

    /// For people, the ledger and derived UIDs: such as `quality 90, 4:4:4`; it differs wherever the parameters differ
    /// within a transfer syntax.
    package var summary: String {
        switch self {
        case .native, .rle, .jpegLosslessSV1: "lossless"
        case .jpegLS(let near): near == 0 ? "lossless" : "near \(near)"
        case .jpeg2000(let psnr): psnr.map { "PSNR \($0)" } ?? "lossless"
        case .jpegBaseline(let quality, let chroma): "quality \(quality), \(chroma.rawValue)"
        case .h264(let crf, _): "CRF \(crf)"
        }
    }
}
