import Glibc
import Reactor
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
    /// Waits until all are here, so that each needs a thread of its own.
    private final class Meeting: Sendable {
        private let here = Atomic<Int>(0)
        let count: Int
        init(count: Int) { self.count = count }

        /// False when the others have not come in time.
        func arrive() -> Bool {
            let deadline = ContinuousClock.now + .seconds(10)
            here.add(1, ordering: .acquiringAndReleasing)
            while here.load(ordering: .acquiring) < count {
                if ContinuousClock.now > deadline { return false }
                sched_yield()
            }
            return true
        }
    }

    @Test func asManyRunAtATimeAsThereAreThreads() async {
        for _ in 0..<50 {
            let pool = BlockingPool(threads: 4, name: "pool")
            let meeting = Meeting(count: 4)
            let met = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { await pool.run { meeting.arrive() } } }
                return await group.allSatisfy { $0 }
            }
            #expect(met)
            if !met { return }
        }
    }
}
