internal import DICOMNetwork
internal import JSON
internal import Reactor
internal import Synchronization

/// An association that serves consecutive deliveries of one integration. It stays on its loop.
final class ForwardingSession {
    let connected: ConnectedAssociation
    private let end: Deadline
    private let onEnd: @Sendable () -> Void
    var studyCount = 0
    var byteCount = 0
    /// Answers received for the study at hand.
    var answerCount = 0

    init(_ connected: ConnectedAssociation, end: Deadline, onEnd: @escaping @Sendable () -> Void) {
        self.connected = connected
        self.end = end
        self.onEnd = onEnd
    }

    var association: Association { connected.association }

    /// Whether it may serve another study.
    func mayGoOn(_ settings: WorkerSettings) -> Bool {
        association.isUsable && studyCount < settings.studiesPerAssociation
            && byteCount < settings.bytesPerAssociation && !end.isPast
    }

    /// Releases the association, or closes what is left of it.
    fileprivate func finish() async {
        if association.isUsable {
            do throws(AssociationError) { try await association.release() } catch { connected.stream.close() }
        } else {
            connected.stream.close()
        }
        onEnd()
    }
}

/// A session as others than its user may hold it.
struct SessionHandle: Sendable {
    let key: SessionKey
    let proposed: Set<ContextProposal>
    let content: LoopLocal<ForwardingSession>

    init(_ key: SessionKey, _ proposed: [ContextProposal], _ content: LoopLocal<ForwardingSession>) {
        self.key = key
        self.proposed = Set(proposed)
        self.content = content
    }

    /// On the loop.
    var session: ForwardingSession { content.value }

    func covers(_ contexts: [ContextProposal]) -> Bool { proposed.isSuperset(of: contexts) }

    /// Ends it, without making anybody wait. Once.
    func release() {
        let content = content
        content.loop.spawn { await content.value.finish() }
    }
}

/// Which sessions are alike.
struct SessionKey: Sendable {
    let loop: EventLoop
    let integrationId: UUID
    /// Integration and connection with their versions: another one is another destination.
    let text: String

    func isLike(_ other: SessionKey) -> Bool { loop === other.loop && text == other.text }
}

/// Associations that wait for the next delivery of their integration.
final class ParkingLot: Sendable {
    private struct Spot {
        let number: Int
        let handle: SessionHandle
    }

    private struct State {
        var spots: [Spot] = []
        var lastNumber = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let settings: WorkerSettings

    init(_ settings: WorkerSettings) { self.settings = settings }

    /// Keeps the session for the linger time, or releases it. On its loop.
    func park(_ handle: SessionHandle) {
        let mayGoOn = handle.session.mayGoOn(settings)
        let number = state.withLock { state -> Int? in
            guard !state.isClosed, mayGoOn else { return nil }
            state.lastNumber += 1
            state.spots.append(Spot(number: state.lastNumber, handle: handle))
            return state.lastNumber
        }
        guard let number else { return handle.release() }
        let loop = handle.key.loop
        loop.spawn { [self] in
            await loop.sleep(for: settings.linger)
            remove { $0.number == number }?.release()
        }
    }

    /// A session for these contexts, if one waits on this loop.
    func take(_ key: SessionKey, covering contexts: [ContextProposal]) -> SessionHandle? {
        remove { $0.handle.key.isLike(key) && $0.handle.covers(contexts) }
    }

    /// Where a session of that integration waits.
    func loop(for integrationId: UUID) -> EventLoop? {
        state.withLock { state in state.spots.last { $0.handle.key.integrationId == integrationId }?.handle.key.loop }
    }

    /// Releases all, now and in future.
    func close() {
        let spots = state.withLock { state in
            defer { state.spots = [] }
            state.isClosed = true
            return state.spots
        }
        for spot in spots { spot.handle.release() }
    }

    private func remove(_ isWanted: (Spot) -> Bool) -> SessionHandle? {
        state.withLock { state in
            guard let index = state.spots.lastIndex(where: isWanted) else { return nil }
            return state.spots.remove(at: index).handle
        }
    }
}
