/// The nineteen events of PS3.8 9.2.2, without what they carry: that stays with the driver.
package enum AssociationEvent: Hashable, Sendable {
    /// Evt1
    case associateRequested
    /// Evt2
    case transportOpened
    /// Evt3
    case acceptReceived
    /// Evt4
    case rejectReceived
    /// Evt5
    case transportAccepted
    /// Evt6; `isAcceptable` is whether the upper layer itself can go on, as with the protocol version.
    case requestReceived(isAcceptable: Bool)
    /// Evt7
    case acceptDecided
    /// Evt8
    case rejectDecided
    /// Evt9
    case dataRequested
    /// Evt10
    case dataReceived
    /// Evt11
    case releaseRequested
    /// Evt12
    case releaseRequestReceived
    /// Evt13
    case releaseResponseReceived
    /// Evt14
    case releaseConsented
    /// Evt15
    case abortRequested
    /// Evt16
    case abortReceived
    /// Evt17
    case transportClosed
    /// Evt18
    case timerExpired
    /// Evt19
    case invalidReceived

    /// The event that a decoded PDU is.
    init(_ pdu: PDU) {
        switch pdu {
        case .associateRequest(let request): self = .requestReceived(isAcceptable: request.protocolVersion & 1 == 1)
        case .associateAccept: self = .acceptReceived
        case .associateReject: self = .rejectReceived
        case .dataFragment: self = .dataReceived
        case .releaseRequest: self = .releaseRequestReceived
        case .releaseResponse: self = .releaseResponseReceived
        case .abort: self = .abortReceived
        }
    }
}
