/// Writes bits with a zero byte stuffed behind each 0xFF (T.81 F.1.2.3), to memory that the caller keeps large enough:
/// twice the bytes of the bits, and 16 more.
@unsafe
struct JPEGBitWriter {
    /// Where the next byte goes.
    private(set) var next: UnsafeMutablePointer<UInt8>
    private var pending: UInt64
    private var freeCount: Int

    /// Bits that do not fill a word yet, between two stretches of memory.
    struct Rest {
        /// The last bit lowest; above them old ones.
        fileprivate var bits: UInt64 = 0
        /// How many more bits there is room for.
        fileprivate var freeCount = 64

        init() {}
    }

    init(_ target: UnsafeMutablePointer<UInt8>, after rest: Rest) {
        unsafe next = target
        unsafe pending = rest.bits
        unsafe freeCount = rest.freeCount
    }

    var rest: Rest {
        var rest = Rest()
        (rest.bits, rest.freeCount) = unsafe (pending, freeCount)
        return rest
    }

    /// Appends the `count` low bits of `bits`, 0...63; the bits above them are zero.
    @inline(__always)
    mutating func put(_ bits: UInt64, _ count: Int) {
        unsafe freeCount &-= count
        if unsafe freeCount >= 0 {
            unsafe pending = pending &<< UInt64(truncatingIfNeeded: count) | bits
            return
        }
        let word =
            unsafe pending &<< UInt64(truncatingIfNeeded: count &+ freeCount)
            | bits &>> UInt64(truncatingIfNeeded: 0 &- freeCount)
        unsafe write(word)
        unsafe pending = bits
        unsafe freeCount &+= 64
    }

    /// Fills the last byte with ones (T.81 F.1.2.3) and writes what is pending.
    mutating func finish() {
        let padding = unsafe freeCount & 7
        unsafe put(1 << UInt64(padding) - 1, padding)
        let count = unsafe (64 - freeCount) / 8
        for index in (0..<count).reversed() {
            unsafe write(byte: UInt8(truncatingIfNeeded: pending >> UInt64(8 * index)))
        }
        unsafe (pending, freeCount) = (0, 64)
    }

    @inline(__always)
    private mutating func write(_ word: UInt64) {
        // A byte of 0xFF is a zero byte of the complement.
        if (~word &- 0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
            unsafe UnsafeMutableRawPointer(next).storeBytes(of: word.bigEndian, as: UInt64.self)
            unsafe next += 8
        } else {
            unsafe writeStuffed(word)
        }
    }

    @inline(never)
    private mutating func writeStuffed(_ word: UInt64) {
        for index in (0..<8).reversed() { unsafe write(byte: UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
    }

    private mutating func write(byte: UInt8) {
        unsafe next.pointee = byte
        unsafe next += 1
        if byte == 0xFF {
            unsafe next.pointee = 0
            unsafe next += 1
        }
    }
}
