internal import Bytes
internal import Synchronization

/// Buffers that come back after they were written: a cine of any length needs as many as are under way.
final class BufferRecycler: @unchecked Sendable {
    private let lock = Mutex(())
    // Guarded by the lock.
    private var idle: [IOBuffer] = []

    func take() -> IOBuffer { lock.withLock { _ in idle.popLast() } ?? IOBuffer(capacity: 1 << 16) }

    func give(_ buffer: IOBuffer) {
        buffer.clear()
        lock.withLock { _ in idle.append(buffer) }
    }
}
