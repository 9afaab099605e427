package import Reactor
package import Store
internal import Synchronization

/// Rows of new instances, committed together: those that arrive while one transaction runs share the next one, over all
/// associations and requests. Nobody waits for a timer.
package final class InstanceRecorder: Sendable {
    /// Rows in one transaction at most.
    static let batchMax = 64

    private typealias Outcome = Result<RecordOutcome, StoreError>

    private struct Waiting {
        let instance: NewInstance
        let resume: @Sendable (Outcome) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var isCommitting = false
    }

    private let store: Store
    private let loop: EventLoop
    private let state = Mutex(State())

    /// - Parameter loop: where the transactions are run from.
    package init(store: Store, loop: EventLoop) {
        self.store = store
        self.loop = loop
    }

    /// Returns when the row is committed. The blob must be durable before.
    package func record(_ instance: NewInstance) async throws(StoreError) -> RecordOutcome {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
            let mustStart = state.withLock { state in
                state.waiting.append(Waiting(instance: instance) { continuation.resume(returning: $0) })
                defer { state.isCommitting = true }
                return !state.isCommitting
            }
            if mustStart { loop.spawn { [self] in await commitAll() } }
        }
        return try outcome.get()
    }

    private func commitAll() async {
        while true {
            let batch = state.withLock { state -> [Waiting] in
                let batch = Array(state.waiting.prefix(Self.batchMax))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isCommitting = false }
                return batch
            }
            if batch.isEmpty { return }
            await commit(batch)
        }
    }

    private func commit(_ batch: [Waiting]) async {
        do throws(StoreError) {
            let outcomes = try await recordKnowingTheOutcome(batch.map(\.instance))
            for (waiting, outcome) in zip(batch, outcomes) { waiting.resume(.success(outcome)) }
        } catch {
            for waiting in batch { waiting.resume(.failure(error)) }
        }
    }

    /// A commit whose answer was lost is asked for again: the same ids give the same outcome.
    private func recordKnowingTheOutcome(_ instances: [NewInstance]) async throws(StoreError) -> [RecordOutcome] {
        for _ in 0..<3 {
            do throws(StoreError) {
                return try await store.recordInstances(instances)
            } catch {
                guard case .unknownOutcome = error else { throw error }
            }
        }
        return try await store.recordInstances(instances)
    }
}
