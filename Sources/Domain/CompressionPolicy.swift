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

/// What an integration says about images (no or one frame) and cines (Number of Frames above 1).
package struct CompressionPolicy: Sendable, Equatable {
    /// Which SOP Instance UID an object gets whose pixels lost something (PS3.3 C.7.6.1.1.5).
    package enum LossyUID: String, Sendable, CaseIterable { case new, keep }

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
