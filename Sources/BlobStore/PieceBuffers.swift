internal import Bytes
internal import Synchronization

/// Buffers of writers that are done, for those to come: making a megabyte of memory anew for each object costs more
/// system time than writing it.
final class PieceBuffers: @unchecked Sendable {
    /// Kept while nobody uses them.
    private static let idleMax = 8

    private let lock = Mutex(())
    // Guarded by the lock.
    private var idle: [IOBuffer] = []

    func take() -> IOBuffer {
        lock.withLock { _ in idle.popLast() } ?? IOBuffer(capacity: BlobWriter.pieceByteCount + 1 << 18)
    }

    func give(_ buffer: IOBuffer) {
        buffer.clear()
        lock.withLock { _ in
            if idle.count < Self.idleMax { idle.append(buffer) }
        }
    }
}
