/// A row of an offer, before it has an identifier.
package struct ContextProposal: Hashable, Sendable {
    package var abstractSyntax: String
    package var transferSyntaxes: [String]

    package init(_ abstractSyntax: String, _ transferSyntaxes: [String]) {
        self.abstractSyntax = abstractSyntax
        self.transferSyntaxes = transferSyntaxes
    }

    /// For C-ECHO, in the encoding that everybody must support.
    package static let verification = ContextProposal(
        WellKnownUID.verification, [WellKnownUID.implicitVRLittleEndian])
}

/// What a requestor proposes.
package struct AssociationParameters: Sendable {
    package var callingAE: String
    package var calledAE: String
    package var contexts: [ContextProposal]
    package var userInformation = UserInformation.ours()

    package init(callingAE: String, calledAE: String, contexts: [ContextProposal] = [.verification]) {
        self.callingAE = callingAE
        self.calledAE = calledAE
        self.contexts = contexts
    }

    /// The request, with identifiers 1, 3, 5...; or why it cannot be written.
    func request() throws(AssociationError) -> AssociateRequest {
        try Self.checkTitle(callingAE, "calling")
        try Self.checkTitle(calledAE, "called")
        guard (1...AssociationLimits.contextsMax).contains(contexts.count) else {
            throw .invalidParameters("an association has 1 to 128 presentation contexts, not \(contexts.count)")
        }
        var proposed: [ProposedContext] = []
        for (i, context) in contexts.enumerated() {
            guard !context.transferSyntaxes.isEmpty else {
                throw .invalidParameters("no transfer syntax is proposed for \(context.abstractSyntax)")
            }
            proposed.append(
                ProposedContext(
                    id: UInt8(2 * i + 1), abstractSyntax: context.abstractSyntax,
                    transferSyntaxes: context.transferSyntaxes))
        }
        return AssociateRequest(
            calledAE: calledAE, callingAE: callingAE, contexts: proposed, userInformation: userInformation)
    }

    private static func checkTitle(_ title: String, _ which: String) throws(AssociationError) {
        let isPrintable = title.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        let isShort = title.utf8.count <= AssociationLimits.aeTitleByteCount
        guard isPrintable, isShort, !title.trimmingPadding().isEmpty else {
            throw .invalidParameters("the \(which) AE title must have 1 to 16 printable ASCII characters, no backslash")
        }
    }
}

/// How long a peer may take. Each wait has an end.
package struct AssociationTimeouts: Sendable {
    /// For the answer to A-ASSOCIATE-RQ.
    package var associate = Duration.seconds(15)
    /// For one write to be taken by the peer.
    package var write = Duration.seconds(30)
    /// For a response, from the end of the message.
    package var response = Duration.seconds(120)
    package var release = Duration.seconds(5)
    /// The ARTIM timer while a request is awaited.
    package var request = Duration.seconds(30)
    /// As acceptor, between two messages.
    package var idle = Duration.seconds(300)
    /// As acceptor, for the next bytes inside a message.
    package var inactivity = Duration.seconds(60)
    /// As acceptor, for a whole message.
    package var message = Duration.seconds(3600)
    /// The ARTIM timer while the peer is expected to close.
    package var close = Duration.seconds(2)

    package init() {}
}
