internal import Domain
internal import Reactor
internal import Store

/// Writes progress beside the sending, so that sending rarely waits for the database. Never more than the allowed
/// number of instances is unsaved: half of them may be on their way while the other half is sent.
final class Checkpointer {
    private let store: Store
    private let lease: DeliveryLease
    private let loop: EventLoop
    private let interval: Duration
    private let half: Int
    private var due: Deadline
    private var saving: Task<StoreError?, Never>?
    /// The delivery is another's by now.
    private(set) var lostLease = false

    init(_ store: Store, _ lease: DeliveryLease, _ settings: WorkerSettings, on loop: EventLoop) {
        self.store = store
        self.lease = lease
        self.loop = loop
        interval = settings.checkpointInterval
        half = max(1, settings.checkpointInstances / 2)
        due = .after(interval)
    }

    /// Whether `save` is due with so many instances unsaved. Waits while an earlier save stands in the way.
    func shouldSave(_ unsavedCount: Int) async -> Bool {
        guard unsavedCount > 0, unsavedCount >= half || due.isPast else { return false }
        await wait()
        return true
    }

    /// Starts to write.
    func save(_ progress: DeliveryProgress) {
        due = .after(interval)
        let (store, lease) = (store, lease)
        saving = Task(executorPreference: loop) {
            do throws(StoreError) {
                try await store.checkpoint(lease, progress)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Until nothing is under way. A checkpoint that failed is made up for by the next.
    func wait() async {
        guard let saving else { return }
        self.saving = nil
        if await saving.value == .leaseLost { lostLease = true }
    }
}
