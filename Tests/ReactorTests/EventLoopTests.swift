import Testing
import TestSupport

@testable import Reactor

@Suite struct EventLoopTests {
    @Test func aTaskStaysOnItsLoopAcrossWaits() async throws {
        let stayed = try await onLoop { loop in
            var stayed = loop.isCurrent
            await loop.sleep(for: .milliseconds(1))
            stayed = stayed && loop.isCurrent
            let pool = BlockingPool(threads: 1, name: "pool")
            let elsewhere = await pool.run { EventLoop.current == nil }
            return stayed && elsewhere && loop.isCurrent
        }
        #expect(stayed)
    }

    @Test func sleepersWakeInTheOrderOfTheirDeadlines() async throws {
        let order = try await onLoop { loop in
            let order = Recorder<Int>()
            await withTaskGroup(of: Void.self) { group in
                for i in [30, 10, 20] {
                    group.addTask(executorPreference: loop) {
                        await loop.sleep(for: .milliseconds(i))
                        order.note(i)
                    }
                }
            }
            return order.values
        }
        #expect(order == [10, 20, 30])
    }

    @Test func workFromManyThreadsAllRuns() async throws {
        let ran = Recorder<Int>()
        try await onLoop { loop in
            await withTaskGroup(of: Void.self) { group in
                for i in 0..<1000 {
                    group.addTask(executorPreference: globalConcurrentExecutor) {
                        await Task(executorPreference: loop) { ran.note(i) }.value
                    }
                }
            }
        }
        #expect(Set(ran.values).count == 1000)
    }

    @Test func blockingWorkRunsOnEveryThreadOfThePool() async throws {
        let pool = BlockingPool(threads: 3, name: "pool")
        let sum = await withTaskGroup(of: Int.self) { group in
            for i in 0..<500 { group.addTask { await pool.run { i } } }
            return await group.reduce(0, +)
        }
        #expect(sum == 499 * 500 / 2)
    }
}
