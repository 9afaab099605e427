/// What an acceptor can take, and the pure decision which contexts are agreed on (PS3.8 annex B, PS3.7 D.3.2).
package struct ContextSupport: Sendable {
    /// Whether a kind of object or service is wanted at all.
    package var supportsAbstractSyntax: @Sendable (String) -> Bool
    /// Encodings that can be taken, most wanted first. The first of these that the requestor offers is chosen.
    package var transferSyntaxes: [String]

    package init(transferSyntaxes: [String], supportsAbstractSyntax: @escaping @Sendable (String) -> Bool) {
        self.transferSyntaxes = transferSyntaxes
        self.supportsAbstractSyntax = supportsAbstractSyntax
    }

    /// One answer for each proposed context, in the same order.
    package func answer(_ proposed: [ProposedContext]) -> [ContextResult] {
        var seen = Set<UInt8>()
        return proposed.map { context in
            // The same identifier twice leaves open which of the two a message would belong to.
            guard seen.insert(context.id).inserted else { return refusal(of: context, .userRejection) }
            guard supportsAbstractSyntax(context.abstractSyntax) else {
                return refusal(of: context, .abstractSyntaxNotSupported)
            }
            guard let chosen = transferSyntaxes.first(where: context.transferSyntaxes.contains) else {
                return refusal(of: context, .transferSyntaxesNotSupported)
            }
            return ContextResult(id: context.id, reason: .accepted, transferSyntax: chosen)
        }
    }

    private func refusal(of context: ProposedContext, _ reason: ContextResult.Reason) -> ContextResult {
        // The item must be there, and means nothing; some peers choke on an empty one.
        let syntax = context.transferSyntaxes.first ?? WellKnownUID.implicitVRLittleEndian
        return ContextResult(id: context.id, reason: reason, transferSyntax: syntax)
    }
}

/// A context that both sides agreed on.
package struct AcceptedContext: Hashable, Sendable {
    package let id: UInt8
    package let abstractSyntax: String
    package let transferSyntax: String

    package init(id: UInt8, abstractSyntax: String, transferSyntax: String) {
        self.id = id
        self.abstractSyntax = abstractSyntax
        self.transferSyntax = transferSyntax
    }
}

/// What came out of an association's negotiation.
package struct NegotiatedAssociation: Sendable {
    /// A context that was proposed and not accepted.
    package struct RefusedContext: Equatable, Sendable {
        package let proposed: ProposedContext
        package let reason: ContextResult.Reason
    }

    package let calledAE: String
    package let callingAE: String
    package let accepted: [AcceptedContext]
    package let refused: [RefusedContext]
    /// What the peer says about itself: its maximum length, implementation class UID and version name.
    package let peer: UserInformation

    /// Pairs proposals with answers. An answer to nothing that was proposed is dropped, a missing one is a refusal, and
    /// a transfer syntax that was not offered makes the context unusable.
    init(request: AssociateRequest, answers: [ContextResult], peer: UserInformation) {
        var accepted: [AcceptedContext] = []
        var refused: [RefusedContext] = []
        for proposed in request.contexts where !accepted.contains(where: { $0.id == proposed.id }) {
            let answer = answers.first { $0.id == proposed.id }
            if let answer, answer.reason == .accepted, proposed.transferSyntaxes.contains(answer.transferSyntax) {
                let (abstract, transfer) = (proposed.abstractSyntax, answer.transferSyntax)
                accepted.append(AcceptedContext(id: proposed.id, abstractSyntax: abstract, transferSyntax: transfer))
            } else {
                let reason = answer?.reason ?? .noReason
                refused.append(RefusedContext(proposed: proposed, reason: reason == .accepted ? .noReason : reason))
            }
        }
        calledAE = request.calledAE
        callingAE = request.callingAE
        self.accepted = accepted
        self.refused = refused
        self.peer = peer
    }

    /// The longest P-DATA-TF that may be sent, the header not counted; nil when the peer's maximum cannot be kept.
    var pduLengthSent: Int? {
        let announced = Int(peer.maximumLength ?? 0)
        if announced == 0 { return AssociationLimits.pduLengthSent }
        return announced < AssociationLimits.pduLengthLeast ? nil : min(announced, AssociationLimits.pduLengthSent)
    }

    func context(id: UInt8) -> AcceptedContext? { accepted.first { $0.id == id } }
}
