/// State of one loop that anybody may hold but only tasks on that loop may look into: connections, listeners, caches.
///
/// It costs a comparison where an actor would cost a hop.
package final class LoopLocal<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let content: Value

    package init(_ loop: EventLoop, _ content: sending Value) {
        self.loop = loop
        self.content = content
    }

    /// On the loop.
    package var value: Value {
        precondition(loop.isCurrent, "state of a loop was touched from another thread")
        return content
    }
}
