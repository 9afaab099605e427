/// What the loops over the pixels of a scan need to know of its tables.
@unsafe
struct LosslessScanTables {
    /// One for each component of the scan.
    let tables: [UnsafePointer<UInt32>]
    /// So many zero bits are a pixel equal to the one before; 0 when other bits are.
    private let equalPixelBits: Int
    /// 65536 over `equalPixelBits`, rounded up: a product in place of a quotient.
    private let reciprocal: Int
    /// Windows below this begin with at least four equal pixels.
    let runBound: UInt64

    /// - Parameter zeroLengths: `HuffmanCode.zeroLength` of the tables.
    init(_ tables: [UnsafePointer<UInt32>], zeroLengths: [Int?]) {
        unsafe self.tables = unsafe tables
        let bits = zeroLengths.reduce(0) { sum, length in sum + (length ?? 64) }
        let isUsable = 4 * bits <= 56
        unsafe equalPixelBits = isUsable ? bits : 0
        unsafe reciprocal = isUsable ? (65536 + bits - 1) / bits : 0
        unsafe runBound = isUsable ? 1 << UInt64(64 - 4 * bits) : 0
    }

    /// Takes the bits of the equal pixels that the window begins with, `limit` at most.
    @inline(__always)
    func takeRun(_ reader: inout LosslessBitReader, limit: Int) -> Int {
        let zeros = unsafe min(reader.window.leadingZeroBitCount, reader.validCount)
        let count = unsafe min((zeros &* reciprocal) &>> 16, limit)
        unsafe reader.take(count &* equalPixelBits)
        return count
    }
}
