/// The upper layer of PS3.8 section 9.2: an event in, an action out, no I/O.
///
/// One method per event, each a switch over all thirteen states, so that a method is a row of the standard's table
/// 9-10. `docs/protocol/upper-layer.md` holds the table, and a test compares all 247 cells.
package struct AssociationMachine: Sendable {
    package enum Role: Sendable { case requestor, acceptor }

    package let role: Role
    package private(set) var state: AssociationState

    /// For tests the machine can begin in any state.
    package init(_ role: Role, in state: AssociationState = .idle) {
        self.role = role
        self.state = state
    }

    package mutating func handle(_ event: AssociationEvent) -> AssociationAction {
        switch event {
        case .associateRequested: associateRequested()
        case .transportOpened: transportOpened()
        case .acceptReceived: acceptReceived()
        case .rejectReceived: rejectReceived()
        case .transportAccepted: transportAccepted()
        case .requestReceived(let isAcceptable): requestReceived(isAcceptable)
        case .acceptDecided: acceptDecided()
        case .rejectDecided: rejectDecided()
        case .dataRequested: dataRequested()
        case .dataReceived: dataReceived()
        case .releaseRequested: releaseRequested()
        case .releaseRequestReceived: releaseRequestReceived()
        case .releaseResponseReceived: releaseResponseReceived()
        case .releaseConsented: releaseConsented()
        case .abortRequested: abortRequested()
        case .abortReceived: abortReceived()
        case .transportClosed: transportClosed()
        case .timerExpired: timerExpired()
        case .invalidReceived: invalidReceived()
        }
    }

    private mutating func go(to next: AssociationState, _ action: AssociationAction) -> AssociationAction {
        state = next
        return action
    }
}

/// The rows. An empty cell is an event that cannot occur in that state.
extension AssociationMachine {
    /// Evt1: A-ASSOCIATE request of our side.
    private mutating func associateRequested() -> AssociationAction {
        switch state {
        case .idle:
            go(to: .awaitingTransport, .openTransport)
        case .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established,
            .awaitingReleaseResponse, .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt2: our transport connection is open.
    private mutating func transportOpened() -> AssociationAction {
        switch state {
        case .awaitingTransport:
            go(to: .awaitingAnswer, .sendRequest)
        case .idle, .awaitingRequest, .awaitingLocalAnswer, .awaitingAnswer, .established,
            .awaitingReleaseResponse, .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt3: A-ASSOCIATE-AC.
    private mutating func acceptReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .awaitingAnswer:
            go(to: .established, .indicateAccepted)
        case .awaitingClose:
            go(to: .awaitingClose, .ignore)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt4: A-ASSOCIATE-RJ.
    private mutating func rejectReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .awaitingAnswer:
            go(to: .idle, .indicateRejected)
        case .awaitingClose:
            go(to: .awaitingClose, .ignore)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt5: a peer opened a transport connection.
    private mutating func transportAccepted() -> AssociationAction {
        switch state {
        case .idle:
            go(to: .awaitingRequest, .startTimer)
        case .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established,
            .awaitingReleaseResponse, .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt6: A-ASSOCIATE-RQ.
    private mutating func requestReceived(_ isAcceptable: Bool) -> AssociationAction {
        switch state {
        case .awaitingRequest:
            isAcceptable ? go(to: .awaitingLocalAnswer, .indicateRequest) : go(to: .awaitingClose, .sendProviderReject)
        case .awaitingLocalAnswer, .awaitingAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .awaitingClose:
            go(to: .awaitingClose, .repeatAbort)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt7: our side accepts.
    private mutating func acceptDecided() -> AssociationAction {
        switch state {
        case .awaitingLocalAnswer:
            go(to: .established, .sendAccept)
        case .idle, .awaitingRequest, .awaitingTransport, .awaitingAnswer, .established, .awaitingReleaseResponse,
            .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt8: our side rejects.
    private mutating func rejectDecided() -> AssociationAction {
        switch state {
        case .awaitingLocalAnswer:
            go(to: .awaitingClose, .sendReject)
        case .idle, .awaitingRequest, .awaitingTransport, .awaitingAnswer, .established, .awaitingReleaseResponse,
            .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt9: our side has data to send.
    private mutating func dataRequested() -> AssociationAction {
        switch state {
        case .established:
            go(to: .established, .sendData)
        case .awaitingLocalRelease:
            go(to: .awaitingLocalRelease, .sendLateData)
        case .idle, .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer,
            .awaitingReleaseResponse, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt10: P-DATA-TF.
    private mutating func dataReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .awaitingAnswer, .awaitingLocalRelease, .collisionAwaitingLocal,
            .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .established:
            go(to: .established, .indicateData)
        case .awaitingReleaseResponse:
            go(to: .awaitingReleaseResponse, .indicateLateData)
        case .awaitingClose:
            go(to: .awaitingClose, .ignore)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt11: our side asks for release.
    private mutating func releaseRequested() -> AssociationAction {
        switch state {
        case .established:
            go(to: .awaitingReleaseResponse, .sendReleaseRequest)
        case .idle, .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer,
            .awaitingReleaseResponse, .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt12: A-RELEASE-RQ.
    private mutating func releaseRequestReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .awaitingAnswer, .awaitingLocalRelease, .collisionAwaitingLocal,
            .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .established:
            go(to: .awaitingLocalRelease, .indicateRelease)
        case .awaitingReleaseResponse:
            go(to: role == .requestor ? .collisionAwaitingLocal : .collisionAwaitingPeer, .indicateReleaseCollision)
        case .awaitingClose:
            go(to: .awaitingClose, .ignore)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt13: A-RELEASE-RP.
    private mutating func releaseResponseReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .awaitingAnswer, .established, .awaitingLocalRelease, .collisionAwaitingLocal,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .awaitingReleaseResponse, .collisionAwaitingPeerAfterConsent:
            go(to: .idle, .confirmReleaseAndClose)
        case .collisionAwaitingPeer:
            go(to: .collisionAwaitingLocalAfterPeer, .confirmReleaseInCollision)
        case .awaitingClose:
            go(to: .awaitingClose, .ignore)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt14: our side consents to release.
    private mutating func releaseConsented() -> AssociationAction {
        switch state {
        case .awaitingLocalRelease, .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendReleaseResponseAndAwaitClose)
        case .collisionAwaitingLocal:
            go(to: .collisionAwaitingPeerAfterConsent, .sendReleaseResponseInCollision)
        case .idle, .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established,
            .awaitingReleaseResponse, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt15: our side aborts.
    private mutating func abortRequested() -> AssociationAction {
        switch state {
        case .awaitingLocalAnswer, .awaitingAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingTransport:
            go(to: .idle, .closeTransport)
        case .idle, .awaitingRequest, .awaitingClose:
            .notApplicable
        }
    }

    /// Evt16: A-ABORT.
    private mutating func abortReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest, .awaitingClose:
            go(to: .idle, .closeTransport)
        case .awaitingLocalAnswer, .awaitingAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .idle, .indicateAbort)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }

    /// Evt17: the transport connection is closed.
    private mutating func transportClosed() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .idle, .stopTimer)
        case .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established, .awaitingReleaseResponse,
            .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer:
            go(to: .idle, .indicateProviderAbort)
        case .awaitingClose:
            go(to: .idle, .stopTimerAfterClose)
        case .idle:
            .notApplicable
        }
    }

    /// Evt18: the ARTIM timer ran out.
    private mutating func timerExpired() -> AssociationAction {
        switch state {
        case .awaitingRequest, .awaitingClose:
            go(to: .idle, .closeTransport)
        case .idle, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established,
            .awaitingReleaseResponse, .awaitingLocalRelease, .collisionAwaitingLocal, .collisionAwaitingPeer,
            .collisionAwaitingPeerAfterConsent, .collisionAwaitingLocalAfterPeer:
            .notApplicable
        }
    }

    /// Evt19: an unrecognized or invalid PDU.
    private mutating func invalidReceived() -> AssociationAction {
        switch state {
        case .awaitingRequest:
            go(to: .awaitingClose, .sendUserAbort)
        case .awaitingLocalAnswer, .awaitingAnswer, .established, .awaitingReleaseResponse, .awaitingLocalRelease,
            .collisionAwaitingLocal, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent,
            .collisionAwaitingLocalAfterPeer:
            go(to: .awaitingClose, .sendProviderAbort)
        case .awaitingClose:
            go(to: .awaitingClose, .repeatAbort)
        case .idle, .awaitingTransport:
            .notApplicable
        }
    }
}
