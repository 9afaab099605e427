internal import Reactor
internal import Store
internal import Synchronization

/// A delivery that this process holds.
final class HeldDelivery: Sendable {
    private struct State {
        var isLost = false
        var breakOff: (@Sendable () -> Void)?
    }

    let lease: DeliveryLease
    private let state = Mutex(State())

    init(_ lease: DeliveryLease) { self.lease = lease }

    /// It is another's by now, or cancelled: nothing may be written about it any more.
    var isLost: Bool { state.withLock { $0.isLost } }

    /// Ends what is under way. The association, if one is open, breaks off at once.
    func lose() {
        state.withLock { $0.isLost = true }
        breakOff()
    }

    /// Ends the association, if one is open.
    func breakOff() { state.withLock { $0.breakOff }?() }

    /// How to end the association of the moment; nil when there is none.
    func onBreakOff(_ action: (@Sendable () -> Void)?) {
        let isLost = state.withLock { state in
            state.breakOff = action
            return state.isLost
        }
        if isLost { action?() }
    }
}

/// The leases of this process: renewed together; given up before the database may give them away (queue-storage 1.4).
final class LeaseKeeper: Sendable {
    private struct State {
        var held: [DeliveryLease: HeldDelivery] = [:]
        /// When the last renewal that succeeded was sent.
        var confirmed = Deadline.now
    }

    private let state = Mutex(State())
    private let settings: WorkerSettings

    init(_ settings: WorkerSettings) { self.settings = settings }

    func hold(_ lease: DeliveryLease) -> HeldDelivery {
        let delivery = HeldDelivery(lease)
        state.withLock { $0.held[lease] = delivery }
        return delivery
    }

    func drop(_ delivery: HeldDelivery) { state.withLock { $0.held[delivery.lease] = nil } }

    /// Whether new work may be taken.
    var mayTake: Bool { !state.withLock { $0.confirmed }.adding(settings.stopTakingAfter).isPast }

    /// Gives up everything when no renewal was confirmed for too long. True when it had to.
    func fence() -> Bool {
        let lost = state.withLock { state -> [HeldDelivery] in
            guard state.confirmed.adding(settings.abortAfter).isPast else { return [] }
            return Array(state.held.values)
        }
        for delivery in lost where !delivery.isLost { delivery.lose() }
        return !lost.isEmpty
    }

    /// Breaks off all associations; the deliveries stay ours.
    func breakOffAll() {
        for delivery in state.withLock({ Array($0.held.values) }) { delivery.breakOff() }
    }

    /// Renews all; those that the database does not know any more are lost.
    func renew(_ renewal: () async throws(StoreError) -> [DeliveryLease]) async throws(StoreError) -> [HeldDelivery] {
        let sent = Deadline.now
        let before = state.withLock { state in
            // With nothing in hand there is nothing that could be given away.
            if state.held.isEmpty { state.confirmed = sent }
            return Array(state.held.values)
        }
        if before.isEmpty { return [] }
        let renewed = Set(try await renewal())
        let lost = state.withLock { state in
            state.confirmed = sent
            return before.filter { !renewed.contains($0.lease) && state.held[$0.lease] != nil }
        }
        for delivery in lost { delivery.lose() }
        return lost
    }
}
