/// The bits of one entropy-coded segment, stuffing removed. Behind them there must be as many readable bytes as the
/// caller may decode before it asks `isOverrun`.
@unsafe
struct LosslessBitReader {
    /// The next bits, the first one highest. Bits below `validCount` are either zero or right.
    private(set) var window: UInt64 = 0
    private(set) var validCount = 0
    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    /// Bits came that are no code.
    private(set) var isInvalid = false

    init(_ bytes: UnsafePointer<UInt8>, count: Int) {
        unsafe next = bytes
        unsafe end = bytes + count
    }

    /// More bits were taken than there are.
    var isOverrun: Bool { unsafe (next - end) * 8 > validCount }

    /// Whether less than a byte is left: the padding of the last one (T.81 F.1.2.3).
    var isExhausted: Bool { unsafe (end - next) * 8 + validCount < 8 }

    /// Makes at least 56 bits valid.
    @inline(__always)
    mutating func refill() {
        let word = unsafe UInt64(bigEndian: UnsafeRawPointer(next).loadUnaligned(as: UInt64.self))
        unsafe window |= word &>> UInt64(truncatingIfNeeded: validCount)
        unsafe next += (63 &- validCount) &>> 3
        unsafe validCount |= 56
    }

    /// Takes `count` valid bits, fewer than 64.
    @inline(__always)
    mutating func take(_ count: Int) {
        unsafe window &<<= UInt64(truncatingIfNeeded: count)
        unsafe validCount &-= count
    }

    /// Decodes a difference, of which only the low 16 bits count. At least 11 bits must be valid; where more are
    /// needed, at least 56 are valid after it.
    @inline(__always)
    mutating func difference(_ table: UnsafePointer<UInt32>) -> Int {
        let entry = unsafe table[Int(truncatingIfNeeded: window &>> UInt64(64 - LosslessDecodingTable.indexBits))]
        guard entry & LosslessDecodingTable.indirect == 0 else { return unsafe longDifference(table, entry) }
        unsafe take(Int(entry & 0x7F))
        return Int(Int32(bitPattern: entry) &>> 16)
    }

    @inline(never)
    private mutating func longDifference(_ table: UnsafePointer<UInt32>, _ entry: UInt32) -> Int {
        unsafe refill()
        var length = Int(entry & 0x7F)
        var category = Int(entry &>> 8)
        if length == 0 {
            let bits = unsafe UInt32(window &>> 48)
            length = LosslessDecodingTable.indexBits + 1
            while unsafe length <= HuffmanCode.lengthMax && bits >= table[LosslessDecodingTable.boundOffset + length] {
                length += 1
            }
            guard length <= HuffmanCode.lengthMax else {
                unsafe isInvalid = true
                return 0
            }
            // The bound makes this an index of the code's own symbols, of which there are no more than 256.
            let symbol =
                unsafe table[LosslessDecodingTable.symbolOffset + length]
                &+ (bits &>> UInt32(HuffmanCode.lengthMax - length))
            category = unsafe Int(table[LosslessDecodingTable.categoryOffset + Int(symbol & 0xFF)])
        }
        unsafe take(length)
        let additional = category == LosslessDecodingTable.categoryMax ? 0 : category
        // Two shifts, since a shift by 64 would be none.
        let bits = unsafe Int(truncatingIfNeeded: (window &>> 1) &>> UInt64(63 - additional))
        unsafe take(additional)
        unsafe refill()
        return LosslessDecodingTable.difference(category: category, bits: bits)
    }
}
