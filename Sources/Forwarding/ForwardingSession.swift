internal import DICOMNetwork
internal import JSON
internal import Reactor
internal import Synchronization

/// An association that serves consecutive deliveries of one integration.
final class ForwardingSession: @unchecked Sendable {
    // Unchecked: all of it is used on the loop only.
    let loop: EventLoop
    let integrationId: UUID
    /// Integration and connection with their versions: another one is another destination.
    let key: String
    let connected: ConnectedAssociation
    private let proposed: Set<ContextProposal>
    private let end: Deadline
    private let onEnd: @Sendable () -> Void
    private var hasEnded = false
    var studyCount = 0
    var byteCount = 0
    /// Answers received.
    var answerCount = 0

    init(
        _ connected: ConnectedAssociation, proposed: [ContextProposal], key: SessionKey, end: Deadline,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.connected = connected
        self.proposed = Set(proposed)
        loop = key.loop
        integrationId = key.integrationId
        self.key = key.text
        self.end = end
        self.onEnd = onEnd
    }

    var association: Association { connected.association }

    func covers(_ contexts: [ContextProposal]) -> Bool { proposed.isSuperset(of: contexts) }

    /// Whether it may serve another study.
    func mayGoOn(_ settings: WorkerSettings) -> Bool {
        association.isUsable && studyCount < settings.studiesPerAssociation
            && byteCount < settings.bytesPerAssociation && !end.isPast
    }

    /// Releases the association, without making anybody wait. On the loop.
    func release() {
        guard !hasEnded else { return }
        hasEnded = true
        loop.spawn { [self] in
            if association.isUsable {
                do throws(AssociationError) { try await association.release() } catch { connected.stream.close() }
            } else {
                connected.stream.close()
            }
            onEnd()
        }
    }
}

/// Which sessions are alike.
struct SessionKey {
    let loop: EventLoop
    let integrationId: UUID
    let text: String
}

/// Associations that wait for the next delivery of their integration.
final class ParkingLot: Sendable {
    private struct Spot {
        let number: Int
        let session: ForwardingSession
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
    func park(_ session: ForwardingSession) {
        let number = state.withLock { state -> Int? in
            guard !state.isClosed, session.mayGoOn(settings) else { return nil }
            state.lastNumber += 1
            state.spots.append(Spot(number: state.lastNumber, session: session))
            return state.lastNumber
        }
        guard let number else { return session.release() }
        let loop = session.loop
        loop.spawn { [self] in
            await loop.sleep(for: settings.linger)
            remove { $0.number == number }?.release()
        }
    }

    /// A session for these contexts, if one waits on this loop.
    func take(_ key: SessionKey, covering contexts: [ContextProposal]) -> ForwardingSession? {
        remove { $0.session.loop === key.loop && $0.session.key == key.text && $0.session.covers(contexts) }
    }

    /// Where a session of that integration waits.
    func loop(for integrationId: UUID) -> EventLoop? {
        state.withLock { state in state.spots.last { $0.session.integrationId == integrationId }?.session.loop }
    }

    /// Releases all, now and in future.
    func close() {
        let spots = state.withLock { state in
            defer { state.spots = [] }
            state.isClosed = true
            return state.spots
        }
        for spot in spots { spot.session.loop.spawn { spot.session.release() } }
    }

    private func remove(_ isWanted: (Spot) -> Bool) -> ForwardingSession? {
        state.withLock { state in
            guard let index = state.spots.lastIndex(where: isWanted) else { return nil }
            return state.spots.remove(at: index).session
        }
    }
}
