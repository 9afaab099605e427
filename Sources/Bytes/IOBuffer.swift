/// One block of raw memory between a descriptor and a protocol: filled at its end, read at its start.
///
///     0 ........ start ........ end ........ capacity
///     (consumed)      (readable)    (writable)
///
/// Invariant, checked after each change: `0 <= start <= end <= capacity`. It belongs to one connection and never
/// leaves that connection's task.
@safe
package final class IOBuffer {
    private var base: UnsafeMutableRawPointer
    package private(set) var capacity: Int
    private var start = 0
    private var end = 0

    package init(capacity: Int) {
        unsafe base = .allocate(byteCount: capacity, alignment: 64)
        self.capacity = capacity
    }

    deinit { unsafe base.deallocate() }

    package var readableCount: Int { end - start }
    package var writableCount: Int { capacity - end }

    /// The bytes between `start` and `end`.
    package var readable: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base + start, count: end - start)
            return unsafe _overrideLifetime(bytes.bytes, borrowing: self)
        }
    }

    /// Marks `count` readable bytes as done with.
    package func consume(_ count: Int) {
        precondition(count >= 0 && count <= readableCount, "consumed more than was readable")
        start += count
        if start == end { clear() }
    }

    package func clear() {
        start = 0
        end = 0
    }

    /// Makes room for `count` more bytes at the end: moves what is readable to the front, or grows.
    package func reserve(_ count: Int) {
        if writableCount >= count { return }
        let readable = readableCount
        if capacity - readable >= count {
            unsafe base.copyMemory(from: base + start, byteCount: readable)
        } else {
            let larger = max(capacity * 2, readable + count)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 64)
            unsafe moved.copyMemory(from: base + start, byteCount: readable)
            unsafe base.deallocate()
            unsafe base = moved
            capacity = larger
        }
        start = 0
        end = readable
    }

    /// Lets `fill` write into the free space at the end; it returns how many bytes it wrote.
    @unsafe
    package func withWritable<E: Error>(
        _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        let free = unsafe UnsafeMutableRawBufferPointer(start: base + end, count: writableCount)
        let count = try unsafe fill(free)
        precondition(count >= 0 && count <= writableCount, "wrote past the end of the buffer")
        end += count
        return count
    }

    /// Lets `change` work on the readable bytes where they are.
    @unsafe
    package func withReadable<T, E: Error>(_ change: (UnsafeMutableRawBufferPointer) throws(E) -> T) throws(E) -> T {
        try unsafe change(UnsafeMutableRawBufferPointer(start: base + start, count: end - start))
    }

    package func append(_ bytes: RawSpan) {
        let count = bytes.byteCount
        reserve(count)
        unsafe bytes.withUnsafeBytes { source in
            if let from = source.baseAddress { unsafe (base + end).copyMemory(from: from, byteCount: count) }
        }
        end += count
    }

    package func append(_ bytes: [UInt8]) { append(bytes.rawSpan) }

    package func append(_ text: String) {
        var copy = text
        copy.withUTF8 { utf8 in
            reserve(utf8.count)
            if let from = utf8.baseAddress { unsafe (base + end).copyMemory(from: from, byteCount: utf8.count) }
            end += utf8.count
        }
    }

    package func appendU8(_ value: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: value, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    package func appendU32BE(_ value: UInt32) {
        reserve(4)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: end, as: UInt32.self)
        end += 4
    }

    /// Overwrites four readable bytes, `offset` bytes after the first of them: a length that was not known when its
    /// place was appended.
    package func patchU32BE(_ value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset <= readableCount - 4, "patched outside what is readable")
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: start + offset, as: UInt32.self)
    }

    package func patchU8(_ value: UInt8, at offset: Int) {
        precondition(offset >= 0 && offset < readableCount, "patched outside what is readable")
        unsafe base.storeBytes(of: value, toByteOffset: start + offset, as: UInt8.self)
    }
}
