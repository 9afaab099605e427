internal import CLinux
internal import Synchronization

/// One thread that runs tasks, timers and descriptors in turns; a task given to it never leaves it.
///
/// It is the `TaskExecutor` of connection tasks; `serialExecutor` lends the same thread to actors. Everything marked
/// "on the loop" may only be called from a task or timer that runs there. A turn: jobs that are ready, epoll, timers
/// that are due. ADR 0001 has the figures.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// A job, and whether it belongs to an actor on this loop. The runtime takes a task that was run "isolated" for one
    /// that must hop before it may go on non-isolated, which would cost a turn at each wait.
    struct Job {
        let job: UnownedJob
        let isIsolated: Bool
    }

    /// Jobs handed over from other threads.
    private struct Mailbox {
        var jobs: [Job] = []
        var isWakePending = false
        var isStopping = false
    }

    package let name: String
    private let poller: Poller
    private let mailbox = Mutex(Mailbox())

    // Touched by the loop's own thread only.
    private var ready: [Job] = []
    private var running: [Job] = []
    private var timers = TimerQueue()
    private var slots: [Registration?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [Int] = []
    /// Registrations closed in this turn: a slot is reused only after the turn's events are through.
    private var closedSlots: [Int] = []

    package init(name: String) throws(SystemError) {
        self.name = name
        poller = try Poller()
        serialExecutor.loop = self
    }

    /// The loop whose thread this is.
    package static var current: EventLoop? {
        guard let raw = unsafe clinux_current_loop() else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(raw).takeUnretainedValue()
    }

    package var isCurrent: Bool {
        unsafe clinux_current_loop() == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        enqueue(Job(job: UnownedJob(job), isIsolated: false))
    }

    func enqueue(_ job: Job) {
        if isCurrent {
            ready.append(job)
            return
        }
        let mustWake = mailbox.withLock { box in
            box.jobs.append(job)
            defer { box.isWakePending = true }
            return !box.isWakePending
        }
        if mustWake { poller.wake() }
    }

    /// The executor for an actor that lives on this loop.
    package let serialExecutor = LoopSerialExecutor()

    /// Starts a task that runs on this loop from beginning to end.
    @discardableResult
    package func spawn(_ operation: sending @escaping () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self, operation: operation)
    }

    // MARK: Turns

    /// Runs turns on the calling thread until `stop`.
    package func run() {
        unsafe clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { clinux_set_current_loop(nil) }
        while true {
            for _ in 0..<Self.roundsPerTurn where !ready.isEmpty { runReadyJobs() }
            poller.wait(milliseconds: waitMilliseconds(), dispatch)
            if !closedSlots.isEmpty {
                freeSlots.append(contentsOf: closedSlots)
                closedSlots.removeAll(keepingCapacity: true)
            }
            if timers.next != nil {
                let now = Deadline.now
                while let timer = timers.popDue(now) { timer.action?() }
            }
            if takeMail() { return }
        }
    }

    /// Ends `run` after the current turn.
    package func stop() {
        mailbox.withLock { $0.isStopping = true }
        poller.wake()
    }

    /// A task that hops, to the database pool and back, need not pay a system call for each hop.
    private static let roundsPerTurn = 8

    /// Jobs made ready by these jobs wait for the next round, so that descriptors and timers are never starved.
    private func runReadyJobs() {
        swap(&ready, &running)
        let executor = unsafe asUnownedTaskExecutor()
        for job in running {
            if job.isIsolated {
                unsafe job.job.runSynchronously(
                    isolatedTo: serialExecutor.asUnownedSerialExecutor(), taskExecutor: executor)
            } else {
                unsafe job.job.runSynchronously(on: executor)
            }
        }
        running.removeAll(keepingCapacity: true)
    }

    private func takeMail() -> Bool {
        mailbox.withLock { box in
            if !box.jobs.isEmpty {
                ready.append(contentsOf: box.jobs)
                box.jobs.removeAll(keepingCapacity: true)
            }
            box.isWakePending = false
            return box.isStopping
        }
    }

    private func waitMilliseconds() -> CInt {
        if !ready.isEmpty { return 0 }
        guard let next = timers.next else { return -1 }
        let now = Deadline.now
        if next <= now { return 0 }
        return CInt(clamping: (next.nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }

    private func dispatch(_ tag: UInt64, _ events: Poller.Interest) {
        let slot = Int(tag & 0xFFFF_FFFF)
        guard slot < slots.count, generations[slot] == UInt32(tag >> 32) else { return }
        slots[slot]?.deliver(events)
    }

    // MARK: Descriptors, on the loop

    /// How readiness is reported: `edge` for sockets of ours, `oneShot` for those that a C library reads from, which
    /// must be armed with `rearm` before each wait.
    package enum Trigger { case edge, oneShot }

    package func register(_ descriptor: CInt, _ trigger: Trigger = .edge) throws(SystemError) -> Registration {
        assertCurrent()
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count {
            slots.append(nil)
            generations.append(0)
        }
        let registration = Registration(descriptor: descriptor, loop: self, slot: slot)
        do throws(SystemError) {
            try poller.add(descriptor, trigger == .edge ? [.input, .output, .edge] : .oneShot, tag: tag(slot))
        } catch {
            freeSlots.append(slot)
            throw error
        }
        slots[slot] = registration
        return registration
    }

    /// Asks for one report of readiness on a `oneShot` registration.
    package func rearm(_ registration: Registration, input: Bool, output: Bool) {
        assertCurrent()
        var interest: Poller.Interest = .oneShot
        if input { interest.insert(.input) }
        if output { interest.insert(.output) }
        poller.modify(registration.descriptor, interest, tag: tag(registration.slot))
    }

    /// Forgets the descriptor, which stays open, and wakes its waiters with `.closed`.
    package func deregister(_ registration: Registration) {
        assertCurrent()
        guard slots[registration.slot] === registration else { return }
        poller.remove(registration.descriptor)
        slots[registration.slot] = nil
        generations[registration.slot] &+= 1
        closedSlots.append(registration.slot)
        registration.close()
    }

    private func tag(_ slot: Int) -> UInt64 { UInt64(generations[slot]) << 32 | UInt64(slot) }

    // MARK: Time, on the loop

    func schedule(_ timer: TimerNode, at deadline: Deadline) { timers.schedule(timer, at: deadline) }
    func cancel(_ timer: TimerNode) { timers.cancel(timer) }

    /// Waits for a length of time. The thread is free meanwhile.
    package func sleep(for duration: Duration) async { await sleep(until: .after(duration)) }

    package func sleep(until deadline: Deadline) async {
        assertCurrent()
        let timer = TimerNode()
        await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            timer.action = { unsafe continuation.resume() }
            schedule(timer, at: deadline)
        }
    }

    /// Lets every other job that is ready run first.
    package func yield() async { await sleep(until: Deadline(nanoseconds: 0)) }

    private func assertCurrent() {
        assert(isCurrent, "called from a thread that is not the loop's own")
    }
}
