/// Why a wait on a descriptor ended.
package enum Wake: Sendable {
    case ready
    case timedOut
    /// The descriptor was closed on our side while a task waited for it.
    case closed
}

/// A descriptor known to an event loop, with at most one task waiting for input and one for output.
///
/// Edge-triggered: after a system call would block, the next readiness is reported once. A slot number together with a
/// generation stands in the kernel's event, so an event for a descriptor number that was reused meanwhile is dropped.
package final class Registration {
    package let descriptor: CInt
    let slot: Int
    private let input: Waiter
    private let output: Waiter
    /// The peer's end, or a failure, was reported.
    private(set) var hasPeerEnded = false

    init(descriptor: CInt, loop: EventLoop, slot: Int) {
        self.descriptor = descriptor
        self.slot = slot
        input = Waiter(loop: loop)
        output = Waiter(loop: loop)
    }

    /// Waits until the descriptor has input (or its end), or `deadline` passes.
    package func readable(_ deadline: Deadline) async -> Wake { await input.wait(deadline) }

    /// Waits until the descriptor takes output, or `deadline` passes.
    package func writable(_ deadline: Deadline) async -> Wake { await output.wait(deadline) }

    func deliver(_ events: Poller.Interest) {
        let isBroken = !events.isDisjoint(with: .broken)
        if isBroken || events.contains(.peerEnd) { hasPeerEnded = true }
        if isBroken || !events.isDisjoint(with: .input) { input.signal() }
        if isBroken || !events.isDisjoint(with: .output) { output.signal() }
    }

    /// Wakes both waiters with `.closed` and forgets the timers; the loop calls it once.
    func close() {
        input.close()
        output.close()
    }
}

/// One direction of a descriptor: who waits, until when, and whether readiness came before anybody waited.
@safe
final class Waiter {
    private unowned let loop: EventLoop
    private var continuation: UnsafeContinuation<Wake, Never>?
    private var isReady = false
    private var isClosed = false
    private var deadline = Deadline.never
    private let timer = TimerNode()

    init(loop: EventLoop) {
        self.loop = loop
    }

    func wait(_ deadline: Deadline) async -> Wake {
        if isClosed { return .closed }
        if isReady {
            isReady = false
            return .ready
        }
        precondition(unsafe continuation == nil, "two tasks wait for one direction of a descriptor")
        self.deadline = deadline
        return await unsafe withUnsafeContinuation { unsafe suspend($0) }
    }

    /// Readiness may have come between the check in `wait` and this call, if the runtime put the task back in the
    /// queue.
    private func suspend(_ waiting: UnsafeContinuation<Wake, Never>) {
        unsafe continuation = waiting
        if isClosed {
            resume(.closed)
        } else if isReady {
            isReady = false
            resume(.ready)
        } else {
            arm()
        }
    }

    /// One timer, moved only when it would fire too late: most waits end long before their deadline.
    private func arm() {
        guard deadline != .never else { return }
        if timer.isScheduled, timer.deadline <= deadline { return }
        if timer.action == nil {
            timer.action = { [unowned self] in timerFired() }
        }
        loop.schedule(timer, at: deadline)
    }

    private func timerFired() {
        guard unsafe continuation != nil else { return }
        if deadline.isPast {
            resume(.timedOut)
        } else {
            arm()
        }
    }

    private func resume(_ wake: Wake) {
        guard let waiting = unsafe continuation else { return }
        unsafe continuation = nil
        unsafe waiting.resume(returning: wake)
    }

    func signal() {
        if unsafe continuation != nil {
            resume(.ready)
        } else {
            isReady = true
        }
    }

    func close() {
        isClosed = true
        loop.cancel(timer)
        timer.action = nil
        resume(.closed)
    }
}
