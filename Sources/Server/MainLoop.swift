package import Reactor

/// Runs a program on the main thread's own event loop, until it says with which exit status it ends.
package enum MainLoop {
    private final class Outcome: @unchecked Sendable {
        // Written by the loop's task, read after the loop has ended.
        var status: Int32 = 1
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
            outcome.status = await program(loop)
            loop.stop()
        }
        loop.run()
        return outcome.status
    }
}
