import TestSupport
import Testing

@testable import Reactor

@Suite struct WakeupTests {
    @Test func aSignalEndsTheWaitAndOneThatCameBeforeCounts() async throws {
        let order = try await onLoop { loop in
            let wakeup = Wakeup()
            let order = Recorder<String>()
            loop.spawn {
                order.note("fired")
                wakeup.fire()
            }
            await wakeup.wait(until: .never, on: loop)
            order.note("woken")
            wakeup.fire()
            wakeup.fire()
            await wakeup.wait(until: .never, on: loop)
            order.note("woken at once")
            return order.values
        }
        #expect(order == ["fired", "woken", "woken at once"])
    }

    @Test func withoutASignalTheDeadlineEndsIt() async throws {
        let isPast = try await onLoop { loop in
            let deadline = Deadline.after(.milliseconds(5))
            await Wakeup().wait(until: deadline, on: loop)
            await Wakeup().wait(until: deadline, on: loop)
            return deadline.isPast
        }
        #expect(isPast)
    }

    @Test func signalsFromManyThreadsAreNeverLost() async throws {
        let woken = try await onLoop { loop in
            let wakeup = Wakeup()
            let left = Recorder<Int>()
            for i in 0..<200 {
                Task.detached {
                    left.note(i)
                    wakeup.fire()
                }
            }
            while left.values.count < 200 { await wakeup.wait(until: .after(.seconds(10)), on: loop) }
            return left.values.count
        }
        #expect(woken == 200)
    }
}
