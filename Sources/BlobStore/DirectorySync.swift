internal import Reactor
internal import Synchronization

/// Directory fsyncs of many writers, shared: one that starts after a rename covers that rename, so those who come
/// while a sync runs wait together for the next one.
final class DirectorySync: Sendable {
    private struct Waiting {
        var isRunning = false
        var next: [@Sendable (SystemError?) -> Void] = []
    }

    private let pool: BlockingPool
    private let directories = Mutex<[String: Waiting]>([:])

    init(pool: BlockingPool) {
        self.pool = pool
    }

    /// Returns when all names made in `path` before the call are durable.
    func synchronize(_ path: String) async throws(SystemError) {
        let failure = await withCheckedContinuation { (continuation: CheckedContinuation<SystemError?, Never>) in
            join(path) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    private func join(_ path: String, _ done: @escaping @Sendable (SystemError?) -> Void) {
        let mustStart = directories.withLock { all in
            all[path, default: Waiting()].next.append(done)
            return all[path]?.isRunning == false
        }
        if mustStart { start(path) }
    }

    private func start(_ path: String) {
        let batch = directories.withLock { all -> [@Sendable (SystemError?) -> Void] in
            guard let waiting = all[path], !waiting.isRunning, !waiting.next.isEmpty else { return [] }
            all[path] = Waiting(isRunning: true)
            return waiting.next
        }
        guard !batch.isEmpty else { return }
        pool.submit { [self] in
            let failure: SystemError?
            do throws(SystemError) {
                try FileSystem.synchronizeDirectory(path)
                failure = nil
            } catch {
                failure = error
            }
            for done in batch { done(failure) }
            finish(path)
        }
    }

    private func finish(_ path: String) {
        let more = directories.withLock { all in
            all[path]?.isRunning = false
            if all[path]?.next.isEmpty == true {
                all[path] = nil
                return false
            }
            return true
        }
        if more { start(path) }
    }
}
