internal import Reactor
internal import Synchronization

extension EventLoop {
    /// What `body` gives, or nil when it takes longer than `duration`; then it goes on and its value is dropped.
    /// On the loop.
    func first<T: Sendable>(
        within duration: Duration, _ body: @escaping @Sendable () async -> T
    ) async -> T? {
        let result = RaceResult<T>()
        spawn {
            let value = await body()
            result.value.withLock { $0 = value }
            result.wake.fire()
        }
        await result.wake.wait(until: .after(duration), on: self)
        return result.value.withLock { $0 }
    }
}

private final class RaceResult<T: Sendable>: Sendable {
    let value = Mutex<T?>(nil)
    let wake = Wakeup()
}
