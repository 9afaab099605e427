internal import CLinux
internal import Glibc
internal import Synchronization

/// A few threads for calls that block: fsync, name resolution, directory scans. The queue is bounded.
package final class BlockingPool: Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var head = 0
        /// Threads without work, also those just started. Each will take one piece of what is queued.
        var idle = 0
        var threads = 0
    }

    private let name: String
    private let threadsMax: Int
    private let state = Mutex(State())
    private let wakeup = Semaphore()

    package init(threads: Int, name: String) {
        self.threadsMax = threads
        self.name = name
    }

    /// Waiting work, for metrics.
    package var queueLength: Int { state.withLock { $0.queue.count - $0.head } }

    /// Runs `body` on one of the threads; the calling task waits and then goes on where it was.
    package func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<T, Never>) in
            submit { unsafe continuation.resume(returning: body()) }
        }
    }

    /// As `run`, for work that can fail.
    package func runThrowing<T: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> T) async throws(E) -> T
    {
        let result = await run { () -> Result<T, E> in
            do throws(E) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Runs `work` on one of the threads; nobody waits for it.
    package func submit(_ work: @escaping @Sendable () -> Void) {
        let startThread = state.withLock { state in
            state.queue.append(work)
            if state.queue.count - state.head > state.idle, state.threads < threadsMax {
                state.threads += 1
                state.idle += 1
                return true
            }
            return false
        }
        if startThread { NativeThread.start(name) { [self] in serve() } }
        wakeup.signal()
    }

    private func serve() {
        while true {
            wakeup.wait()
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                state.idle -= 1
                guard state.head < state.queue.count else { return nil }
                let work = state.queue[state.head]
                state.head += 1
                if state.head == state.queue.count {
                    state.queue.removeAll(keepingCapacity: true)
                    state.head = 0
                }
                return work
            }
            work?()
            state.withLock { $0.idle += 1 }
        }
    }
}

/// A counting semaphore.
@safe
final class Semaphore: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<sem_t>

    init() {
        unsafe raw = .allocate(capacity: 1)
        unsafe sem_init(raw, 0, 0)
    }

    func signal() { unsafe sem_post(raw) }

    func wait() {
        while unsafe sem_wait(raw) != 0 {}
    }
}
