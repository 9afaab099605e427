/// Bytes that a codec keeps between frames; every byte has been written at least once, so that reading a stale one is
/// harmless.
@safe
final class ScratchMemory {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int

    init() {
        capacity = 64
        unsafe base = .allocate(capacity: capacity)
        unsafe base.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe base.deallocate() }

    /// Makes room for `count` bytes; the contents are lost when it grows.
    func reserve(_ count: Int) {
        guard count > capacity else { return }
        unsafe base.deallocate()
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        capacity = count
    }
}
