internal import Reactor
internal import Synchronization

extension EventLoop {
    /// What `body` gives, or nil when it takes longer than `duration`; then it goes on and its value is dropped.
    /// On the loop.
    func first<T: Sendable>(
        within duration: Duration, _ body: @escaping @Sendable () async -> T
    ) async -> T? {
        await withCheckedContinuation { (continuation: CheckedContinuation<T?, Never>) in
            let box = RaceBox(continuation)
            spawn {
                let value = await body()
                box.finish(value)
            }
            spawn { [self] in
                await sleep(for: duration)
                box.finish(nil)
            }
        }
    }
}

/// Whoever comes first resumes the one who waits.
private final class RaceBox<T: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<T?, Never>?>

    init(_ continuation: CheckedContinuation<T?, Never>) { waiting = Mutex(continuation) }

    func finish(_ value: T?) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(returning: value)
    }
}
