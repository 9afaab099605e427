import Synchronization

/// Values noted by several tasks, in the order in which they came.
package final class Recorder<Value: Sendable>: Sendable {
    private let noted = Mutex<[Value]>([])

    package init() {}

    package var values: [Value] { noted.withLock { $0 } }

    package func note(_ value: Value) { noted.withLock { $0.append(value) } }
}
