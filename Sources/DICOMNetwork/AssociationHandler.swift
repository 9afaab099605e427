package import Reactor

/// What an acceptor's owner decides: who may associate, and where objects go. One for each connection, used by its task
/// only.
package protocol AssociationHandler: AnyObject {
    /// Accept or reject, by the AE titles, the peer's address, the contexts.
    func decide(_ request: AssociateRequest, from peer: SocketAddress?) async -> AssociationDecision

    /// An object is coming. When it is refused, its data is read and thrown away, and the answer is sent then.
    func beginStore(_ store: IncomingStore) async -> StoreAdmission
}

package enum AssociationDecision: Sendable {
    case accept(ContextSupport)
    case reject(AssociateReject)
}

/// The beginning of a C-STORE.
package struct IncomingStore: Sendable {
    package let request: StoreRequest
    /// Says in which transfer syntax the data set is.
    package let context: AcceptedContext
    package let association: NegotiatedAssociation
}

package enum StoreAdmission {
    case receive(any StorageSink)
    case refuse(StoreAnswer)
}

/// Takes one data set while it arrives. After `begin` either `finish` or `abandon` is called, once.
package protocol StorageSink: AnyObject {
    /// The next bytes, lent from the receive buffer; from a few up to 256 KiB. It must not block for long. A sink that
    /// cannot go on remembers it and says so in `finish`.
    func write(_ bytes: RawSpan)

    /// Called after each `write`: a sink that has more in hand than it likes waits here, and the peer is held back.
    func drain() async

    /// The data set is complete: what is said here goes to the peer.
    func finish() async -> StoreAnswer

    /// The association ended before the data set was complete.
    func abandon()
}

extension StorageSink {
    package func drain() async {}
}

/// The answer to one object.
package struct StoreAnswer: Equatable, Sendable {
    package var status: DIMSEStatus
    /// For people at the peer, up to 64 characters.
    package var comment: String?

    package init(_ status: DIMSEStatus, comment: String? = nil) {
        self.status = status
        self.comment = comment
    }

    package static let success = StoreAnswer(.success)
}
