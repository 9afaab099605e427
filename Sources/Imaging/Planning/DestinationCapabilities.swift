package import DICOM

/// What a destination is known to take: its answers to earlier proposals. Knowledge may be outdated, so it changes the
/// order of a plan and never its content.
package struct DestinationCapabilities: Equatable, Sendable {
    package enum Answer: Sendable {
        case unknown, accepted, refused
    }

    private struct Context: Hashable, Sendable {
        let sopClassUID: UID
        let transferSyntax: TransferSyntax
    }

    private var answers: [Context: Answer] = [:]

    /// Nothing is known.
    package init() {}

    package subscript(sopClassUID: UID, transferSyntax: TransferSyntax) -> Answer {
        get { answers[Context(sopClassUID: sopClassUID, transferSyntax: transferSyntax)] ?? .unknown }
        set { answers[Context(sopClassUID: sopClassUID, transferSyntax: transferSyntax)] = newValue }
    }
}

/// What this program can do here and now.
package struct PlannerEnvironment: Equatable, Sendable {
    /// An `ffmpeg` with an H.264 encoder is installed.
    package var hasVideoEncoder: Bool

    package init(hasVideoEncoder: Bool = false) { self.hasVideoEncoder = hasVideoEncoder }
}
