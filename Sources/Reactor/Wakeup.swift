internal import Synchronization

/// Wakes one waiting task before its time is over; signals that come while it does not wait count as one.
package final class Wakeup: Sendable {
    private struct State {
        var isPending = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// From any thread.
    package func fire() {
        let waiting = state.withLock { state in
            if state.waiting == nil { state.isPending = true }
            return Self.take(&state)
        }
        waiting?.resume()
    }

    /// Returns at the next signal, at once after one that nobody waited for, or at `deadline`. One task at a time, on
    /// `loop`.
    package func wait(until deadline: Deadline, on loop: EventLoop) async {
        let timer = TimerNode()
        timer.action = { [self] in state.withLock { Self.take(&$0) }?.resume() }
        if deadline != .never { loop.schedule(timer, at: deadline) }
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                precondition(state.waiting == nil, "two tasks wait for one wake-up")
                defer { state.isPending = false }
                if state.isPending || deadline.isPast { return true }
                state.waiting = continuation
                return false
            }
            if isDue { continuation.resume() }
        }
        loop.cancel(timer)
    }

    private static func take(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.waiting = nil }
        return state.waiting
    }
}
