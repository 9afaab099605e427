/// A timer: an instant and what happens then. One object can be scheduled again and again, but only once at a time.
final class TimerNode {
    fileprivate(set) var deadline = Deadline.never
    fileprivate var index = -1
    var action: (() -> Void)?

    var isScheduled: Bool { index >= 0 }
}

/// Deadlines in a binary heap whose nodes know their place, so that cancelling costs O(log n) and leaves nothing
/// behind.
struct TimerQueue {
    private var heap: [TimerNode] = []

    var next: Deadline? { heap.first?.deadline }
    var count: Int { heap.count }

    mutating func schedule(_ node: TimerNode, at deadline: Deadline) {
        if node.isScheduled { cancel(node) }
        node.deadline = deadline
        node.index = heap.count
        heap.append(node)
        rise(node.index)
    }

    mutating func cancel(_ node: TimerNode) {
        let index = node.index
        guard index >= 0 else { return }
        node.index = -1
        let last = heap.removeLast()
        guard last !== node else { return }
        heap[index] = last
        last.index = index
        rise(index)
        sink(last.index)
    }

    /// Takes the earliest node if its instant has come.
    mutating func popDue(_ now: Deadline) -> TimerNode? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        cancel(first)
        return first
    }

    private mutating func rise(_ start: Int) {
        var i = start
        while i > 0, heap[i].deadline < heap[(i - 1) / 2].deadline {
            swap(i, (i - 1) / 2)
            i = (i - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var i = start
        while true {
            var least = i
            for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child].deadline < heap[least].deadline
            {
                least = child
            }
            if least == i { return }
            swap(i, least)
            i = least
        }
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        heap[a].index = a
        heap[b].index = b
    }
}
