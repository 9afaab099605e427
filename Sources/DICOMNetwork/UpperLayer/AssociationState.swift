/// The thirteen states of PS3.8 9.2.1. The raw value is the standard's number.
package enum AssociationState: Int, CaseIterable, Sendable {
    /// Sta1: no association.
    case idle = 1
    /// Sta2: transport open, the peer's A-ASSOCIATE-RQ is awaited.
    case awaitingRequest
    /// Sta3: the request is here, our own answer is awaited.
    case awaitingLocalAnswer
    /// Sta4: our transport connection is being opened.
    case awaitingTransport
    /// Sta5: our request is out, the peer's answer is awaited.
    case awaitingAnswer
    /// Sta6: associated, data may flow.
    case established
    /// Sta7: our A-RELEASE-RQ is out.
    case awaitingReleaseResponse
    /// Sta8: the peer asked for release, our own consent is awaited.
    case awaitingLocalRelease
    /// Sta9: both asked for release; as requestor we consent first.
    case collisionAwaitingLocal
    /// Sta10: both asked for release; as acceptor we await the peer's A-RELEASE-RP.
    case collisionAwaitingPeer
    /// Sta11: as requestor we consented, and await the peer's A-RELEASE-RP.
    case collisionAwaitingPeerAfterConsent
    /// Sta12: as acceptor we have the peer's A-RELEASE-RP, our own consent is awaited.
    case collisionAwaitingLocalAfterPeer
    /// Sta13: finished; the peer is expected to close the transport.
    case awaitingClose
}
