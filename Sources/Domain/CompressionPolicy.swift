/// How far pixels may be changed on the way to a destination.
package enum CompressionLevel: String, Sendable, CaseIterable {
    case asStored, none, lossless, nearLossless, high, standard, review

    /// Whether the level allows samples to change.
    package var isLossy: Bool {
        switch self {
        case .asStored, .none, .lossless: false
        case .nearLossless, .high, .standard, .review: true
        }
    }
}

/// A transfer syntax that an integration may ask for by its UID: one of those that this program encodes (PS3.6 A-1).
package enum CompressionSyntax: String, Sendable, CaseIterable {
    case rleLossless = "1.2.840.10008.1.2.5"
    case jpegBaseline = "1.2.840.10008.1.2.4.50"
    case jpegLosslessSV1 = "1.2.840.10008.1.2.4.70"
    case jpegLSLossless = "1.2.840.10008.1.2.4.80"
    case jpegLSNearLossless = "1.2.840.10008.1.2.4.81"
    case jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
    case jpeg2000 = "1.2.840.10008.1.2.4.91"
    case h264Level41 = "1.2.840.10008.1.2.4.102"
    case h264Level42 = "1.2.840.10008.1.2.4.104"

    /// For cines only, and only where the integration allows it.
    package var isVideo: Bool { self == .h264Level41 || self == .h264Level42 }

    /// The levels it can serve: those whose promise the encoder can keep.
    package var levels: [CompressionLevel] {
        switch self {
        case .rleLossless, .jpegLosslessSV1, .jpegLSLossless, .jpeg2000Lossless: [.lossless]
        case .jpegLSNearLossless: [.nearLossless, .high, .standard, .review]
        case .jpegBaseline, .jpeg2000, .h264Level41, .h264Level42: [.high, .standard, .review]
        }
    }
}

/// What an integration says about images (no or one frame) and cines (Number of Frames above 1).
package struct CompressionPolicy: Sendable, Equatable {
    /// Which SOP Instance UID an object gets whose pixels lost something (PS3.3 C.7.6.1.1.5).
    package enum LossyUID: String, Sendable, CaseIterable { case new, keep }

    /// What `maxInstanceBytes` may be: up to the longest value of a data element.
    package static let maxInstanceBytesRange = (1 << 20)...((4 << 30) - 2)

    package var image = CompressionLevel.asStored
    package var cine = CompressionLevel.asStored
    /// Instead of the syntax that the level would choose.
    package var imageTransferSyntaxUID: String?
    package var cineTransferSyntaxUID: String?
    package var lossyUID = LossyUID.new
    /// Whether pixels that lost something already may lose more.
    package var allowRecompressLossy = false
    /// Bytes of an object on the wire.
    package var maxInstanceBytes = 2 << 30
    /// Whether cines may become H.264.
    package var videoAllowed = false

    package init() {}
}
