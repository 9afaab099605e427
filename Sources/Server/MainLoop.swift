package import Reactor
internal import Synchronization

/// Runs a program on the main thread's own event loop, until it says with which exit status it ends.
package enum MainLoop {
    private final class Outcome: Sendable {
        let status = Atomic<Int32>(1)
    }

    package static func run(_ program: sending @escaping (EventLoop) async -> Int32) -> Int32 {
        Signals.block()
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop(name: "main")
        } catch {
            Console.error("causeway: \(error)\n")
            return 1
        }
        let outcome = Outcome()
        loop.spawn {
            outcome.status.store(await program(loop), ordering: .relaxed)
            loop.stop()
        }
        loop.run()
        return outcome.status.load(ordering: .relaxed)
    }
}
