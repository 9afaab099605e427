internal import Synchronization

/// Wakes one waiting task; signals that come while it does not wait count as one.
final class Signal: Sendable {
    private struct State {
        var isPending = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func fire() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.isPending = true }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Returns at the next signal, or at once after one that nobody waited for. One task at a time.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.isPending {
                    state.isPending = false
                    return true
                }
                state.waiting = continuation
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}
