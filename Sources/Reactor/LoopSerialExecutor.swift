/// The thread of an event loop as the executor of actors:
///
///     actor Pool {
///         nonisolated let executor: LoopSerialExecutor
///         nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
///
/// The loop must outlive its actors.
package final class LoopSerialExecutor: SerialExecutor, @unchecked Sendable {
    /// Set once, while the loop is made.
    unowned var loop: EventLoop?

    package func enqueue(_ job: consuming ExecutorJob) {
        loop?.enqueue(EventLoop.Job(job: UnownedJob(job), isIsolated: true))
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
}
