import Testing

@testable import CodecProcess

@Suite struct FairQueueTests {
    private func order(_ queue: inout FairQueue<Int>) -> [String] {
        var order: [String] = []
        while let (entry, organization) = queue.pop() { order.append("\(organization)\(entry)") }
        return order
    }

    @Test func oneOrganizationIsServedInOrder() {
        var queue = FairQueue<Int>(turnLength: 2)
        for i in 0..<100 { queue.append(i, organization: "a") }
        #expect(order(&queue) == (0..<100).map { "a\($0)" })
        #expect(queue.isEmpty)
    }

    @Test func organizationsTakeTurns() {
        var queue = FairQueue<Int>(turnLength: 2)
        for i in 0..<5 { queue.append(i, organization: "a") }
        for i in 0..<3 { queue.append(i, organization: "b") }
        queue.append(0, organization: "c")
        #expect(order(&queue) == ["a0", "a1", "b0", "b1", "c0", "a2", "a3", "b2", "a4"])
    }

    @Test func aNewcomerWaitsForOneTurnOfEachOther() {
        var queue = FairQueue<Int>(turnLength: 3)
        for i in 0..<1000 { queue.append(i, organization: "many") }
        for _ in 0..<4 { _ = queue.pop() }
        queue.append(0, organization: "few")
        let place = order(&queue).firstIndex(of: "few0")
        #expect(place == 2)
    }

    @Test func whatIsRemovedIsAllThatWasLeft() {
        var queue = FairQueue<Int>(turnLength: 1)
        for i in 0..<10 { queue.append(i, organization: "\(i % 3)") }
        _ = queue.pop()
        #expect(queue.removeAll().sorted() == Array(1..<10))
        #expect(queue.pop() == nil && queue.isEmpty)
    }
}
