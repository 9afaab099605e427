import Testing
import TestSupport

@testable import Reactor

@Suite struct TimerQueueTests {
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func dueTimersComeInOrderAndCancelledOnesNever(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = TimerQueue()
        var expected: [UInt64] = []
        var nodes: [(TimerNode, UInt64)] = []
        for _ in 0..<200 {
            let node = TimerNode()
            let at = UInt64.random(in: 0...1000, using: &random)
            queue.schedule(node, at: Deadline(nanoseconds: at))
            nodes.append((node, at))
        }
        for (node, at) in nodes {
            switch Int.random(in: 0...2, using: &random) {
            case 0: queue.cancel(node)
            case 1:
                queue.schedule(node, at: Deadline(nanoseconds: at + 5))
                expected.append(at + 5)
            default: expected.append(at)
            }
        }
        var popped: [UInt64] = []
        while let node = queue.popDue(.never) { popped.append(node.deadline.nanoseconds) }
        #expect(popped == expected.sorted())
        #expect(queue.count == 0)
    }
}
