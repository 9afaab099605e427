/// Sums over blocks of 4 x 4 samples that lie side by side in four rows of two planes.
///
/// Whole numbers in plain loops over columns, which the compiler turns into vector instructions: this runs over every
/// sample that is verified.
struct BlockSums<Sum: FixedWidthInteger & SignedInteger> {
    /// Of each block: the samples of the first plane and of the second, the squares of both, the products.
    private(set) var first: [Sum]
    private(set) var second: [Sum]
    private(set) var squares: [Sum]
    private(set) var products: [Sum]
    /// The same four of each column, one behind the other.
    private var columns: [Sum]

    init(blockCount: Int) {
        first = Array(repeating: 0, count: blockCount)
        (second, squares, products) = (first, first, first)
        columns = Array(repeating: 0, count: 4 * 4 * blockCount)
    }

    /// Replaces all sums. `a` and `b` are the first rows; each has four, `stride` samples apart, of at least
    /// `4 * blockCount` samples.
    @unsafe
    mutating func take<Sample: FixedWidthInteger>(
        _ a: UnsafePointer<Sample>, _ b: UnsafePointer<Sample>, stride: Int
    ) {
        let count = 4 * first.count
        unsafe columns.withUnsafeMutableBufferPointer { columns in
            guard let base = columns.baseAddress, columns.count == 4 * count else { return }
            unsafe Self.addColumns(a, b, stride, count, to: base)
            unsafe Self.addBlocks(base, to: &first)
            unsafe Self.addBlocks(base + count, to: &second)
            unsafe Self.addBlocks(base + 2 * count, to: &squares)
            unsafe Self.addBlocks(base + 3 * count, to: &products)
        }
    }

    @inline(__always)
    private static func addColumns<Sample: FixedWidthInteger>(
        _ a: UnsafePointer<Sample>, _ b: UnsafePointer<Sample>, _ stride: Int, _ count: Int,
        to sums: UnsafeMutablePointer<Sum>
    ) {
        let (first, second) = unsafe (sums, sums + count)
        let (squares, products) = unsafe (sums + 2 * count, sums + 3 * count)
        let (aRow1, aRow2, aRow3) = unsafe (a + stride, a + 2 * stride, a + 3 * stride)
        let (bRow1, bRow2, bRow3) = unsafe (b + stride, b + 2 * stride, b + 3 * stride)
        for column in 0..<count {
            let (a0, a1) = unsafe (wide(a[column]), wide(aRow1[column]))
            let (a2, a3) = unsafe (wide(aRow2[column]), wide(aRow3[column]))
            let (b0, b1) = unsafe (wide(b[column]), wide(bRow1[column]))
            let (b2, b3) = unsafe (wide(bRow2[column]), wide(bRow3[column]))
            unsafe first[column] = a0 &+ a1 &+ a2 &+ a3
            unsafe second[column] = b0 &+ b1 &+ b2 &+ b3
            let squaresOfFirst = a0 &* a0 &+ a1 &* a1 &+ a2 &* a2 &+ a3 &* a3
            unsafe squares[column] = squaresOfFirst &+ b0 &* b0 &+ b1 &* b1 &+ b2 &* b2 &+ b3 &* b3
            unsafe products[column] = a0 &* b0 &+ a1 &* b1 &+ a2 &* b2 &+ a3 &* b3
        }
    }

    @inline(__always)
    private static func addBlocks(_ columns: UnsafeMutablePointer<Sum>, to sums: inout [Sum]) {
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            for block in 0..<sums.count {
                let at = 4 &* block
                unsafe sums[block] = columns[at] &+ columns[at &+ 1] &+ columns[at &+ 2] &+ columns[at &+ 3]
            }
        }
    }

    @inline(__always)
    private static func wide<Sample: FixedWidthInteger>(_ sample: Sample) -> Sum { Sum(truncatingIfNeeded: sample) }
}
