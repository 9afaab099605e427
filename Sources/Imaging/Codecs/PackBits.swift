/// The byte packing of RLE Lossless (PS3.5 G.3): packets of a head `n` and what it says.
///
///     n = 0...127      n + 1 bytes follow as they are
///     n = -1...-127    the one byte that follows stands for 1 - n bytes
///     n = -128         nothing
enum PackBits {
    static let literalMax = 128
    static let runMax = 128
    /// The head that says nothing.
    static let empty: UInt8 = 0x80
    /// Bytes that a packed byte gives at most: the longest run takes two.
    static let expansionMax = runMax / 2

    /// Packs one row, and nothing across its end.
    ///
    /// - Parameters:
    ///   - row: `count` bytes; up to 16 bytes after them are read, whatever they hold.
    ///   - target: room for `count` bytes, one more for each 128 begun, and 16 that may be overwritten.
    /// - Returns: where the packets end.
    static func pack(
        _ row: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var next = unsafe target
        var index = 0
        while index < count {
            let run = unsafe runStart(row, from: index, count)
            unsafe next = literal(row + index, run - index, to: next)
            guard run < count else { break }
            index = unsafe runEnd(row, from: run, count)
            var remaining = index - run
            // What is left of a long run joins the literal after it when a packet of its own would not pay.
            while remaining >= 3 {
                let length = min(remaining, runMax)
                unsafe next[0] = UInt8(truncatingIfNeeded: 1 &- length)
                unsafe next[1] = row[run]
                unsafe next += 2
                remaining -= length
            }
            index -= remaining
        }
        return unsafe next
    }

    /// Where three equal bytes begin, or `count`.
    @inline(__always)
    private static func runStart(_ row: UnsafePointer<UInt8>, from start: Int, _ count: Int) -> Int {
        var index = start
        while index &+ 3 <= count {
            let word = unsafe load(row + index)
            let differing = unsafe (word ^ load(row + index + 1)) | (word ^ load(row + index + 2))
            let zeros = zeroBytes(differing)
            if zeros != 0 {
                let found = index &+ zeros.trailingZeroBitCount / 8
                return found &+ 3 <= count ? found : count
            }
            index &+= 8
        }
        return count
    }

    /// Where the bytes equal to the one at `start` end.
    @inline(__always)
    private static func runEnd(_ row: UnsafePointer<UInt8>, from start: Int, _ count: Int) -> Int {
        let pattern = unsafe UInt64(row[start]) &* 0x0101_0101_0101_0101
        var index = start &+ 3
        while index < count {
            let differing = unsafe load(row + index) ^ pattern
            if differing != 0 { return min(index &+ differing.trailingZeroBitCount / 8, count) }
            index &+= 8
        }
        return count
    }

    @inline(__always)
    private static func literal(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var (from, next, remaining) = unsafe (bytes, target, count)
        if unsafe count == 2 && bytes[0] == bytes[1] {
            unsafe next[0] = UInt8(bitPattern: -1)
            unsafe next[1] = bytes[0]
            return unsafe next + 2
        }
        while remaining > 0 {
            let length = min(remaining, literalMax)
            unsafe next.pointee = UInt8(truncatingIfNeeded: length &- 1)
            unsafe next += 1
            var copied = 0
            while copied < length {
                unsafe UnsafeMutableRawPointer(next + copied).storeBytes(of: load(from + copied), as: UInt64.self)
                copied &+= 8
            }
            unsafe from += length
            unsafe next += length
            remaining &-= length
        }
        return unsafe next
    }

    /// Eight bytes, the first one lowest.
    @inline(__always)
    private static func load(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    }

    /// Has bit 7 of the lowest zero byte set and no bit below it; 0 when no byte is zero.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }
}
