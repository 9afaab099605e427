internal import Bytes
internal import Glibc

/// How two planes of samples differ inside rectangles.
///
/// PSNR is 10 log10(peak² / mean squared error) over all samples. SSIM (Wang et al. 2004) is the mean over windows of
/// 8 x 8 samples, each 4 samples from the next, with equal weights instead of a Gaussian; variances are those of a
/// sample (n - 1), K1 = 0.01, K2 = 0.03. All sums are of whole numbers, so the figures do not depend on their order.
struct PlaneComparison {
    /// Of all samples compared.
    private(set) var squaredError = 0
    private(set) var sampleCount = 0
    private var similaritySum = 0.0
    private var windowCount = 0
    private let peak: Double

    /// - Parameter peak: the largest value of a sample.
    init(peak: Int) { self.peak = Double(peak) }

    /// In dB; nil when all samples are equal.
    var psnr: Double? {
        guard squaredError > 0, sampleCount > 0 else { return nil }
        return 10 * log10(peak * peak * Double(sampleCount) / Double(squaredError))
    }

    /// 1 when no window fits.
    var ssim: Double { windowCount == 0 ? 1 : similaritySum / Double(windowCount) }

    /// Adds a rectangle of two planes.
    ///
    /// - Parameters:
    ///   - stride: samples from one row to the next.
    ///   - is16Bit: samples of two bytes, unsigned, little endian; the planes begin at even addresses.
    mutating func add(
        _ a: RawSpan, _ b: RawSpan, stride: Int, is16Bit: Bool = false, in rectangle: UltrasoundRegions.Rectangle
    ) {
        precondition(
            rectangle.x >= 0 && rectangle.y >= 0 && rectangle.x + rectangle.columns <= stride
                && (rectangle.y + rectangle.rows) * stride * (is16Bit ? 2 : 1) <= min(a.byteCount, b.byteCount),
            "outside of the plane")
        unsafe a.withUnsafeBytes { first in
            unsafe b.withUnsafeBytes { second in
                if is16Bit {
                    unsafe compare(
                        first.bindMemory(to: UInt16.self), second.bindMemory(to: UInt16.self), stride, rectangle,
                        BlockSums<Int64>.self)
                } else {
                    unsafe compare(
                        first.bindMemory(to: UInt8.self), second.bindMemory(to: UInt8.self), stride, rectangle,
                        BlockSums<Int32>.self)
                }
            }
        }
        sampleCount += rectangle.columns * rectangle.rows
    }

    private mutating func compare<Sample: FixedWidthInteger, Sum>(
        _ a: UnsafeBufferPointer<Sample>, _ b: UnsafeBufferPointer<Sample>, _ stride: Int,
        _ rectangle: UltrasoundRegions.Rectangle, _: BlockSums<Sum>.Type
    ) {
        guard let first = a.baseAddress, let second = b.baseAddress else { return }
        let across = rectangle.columns / 4
        var above = BlockSums<Sum>(blockCount: across)
        var current = BlockSums<Sum>(blockCount: across)
        var windows = [Double](repeating: 0, count: max(across - 1, 0))
        for band in 0..<(rectangle.rows / 4) {
            let top = (rectangle.y + 4 * band) * stride + rectangle.x
            unsafe current.take(first + top, second + top, stride: stride)
            squaredError += Self.squaredError(current)
            if band > 0 { addWindows(above, current, &windows) }
            swap(&above, &current)
        }
        unsafe addRest(first, second, stride, rectangle)
    }

    private static func squaredError<Sum>(_ sums: BlockSums<Sum>) -> Int {
        var error = 0
        for block in sums.squares.indices { error &+= Int(sums.squares[block] &- 2 &* sums.products[block]) }
        return error
    }

    /// Windows of two by two blocks.
    private mutating func addWindows<Sum>(_ above: BlockSums<Sum>, _ below: BlockSums<Sum>, _ windows: inout [Double]) {
        // Everything is multiplied by 64² x 64 x 63, so that whole numbers stand for means and variances.
        let c1 = (0.01 * peak) * (0.01 * peak) * 64 * 64
        let c2 = (0.03 * peak) * (0.03 * peak) * 64 * 63
        let count = windows.count
        guard count > 0, above.first.count == count + 1, below.first.count == count + 1 else { return }
        for i in 0..<count {
            let a = Self.sum(above.first, below.first, i)
            let b = Self.sum(above.second, below.second, i)
            let variances = Self.sum(above.squares, below.squares, i) * 64 - a * a - b * b
            let covariance = Self.sum(above.products, below.products, i) * 64 - a * b
            windows[i] = (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
        }
        var sum = 0.0
        for window in windows { sum += window }
        similaritySum += sum
        windowCount += count
    }

    @inline(__always)
    private static func sum<Sum: FixedWidthInteger>(_ above: [Sum], _ below: [Sum], _ i: Int) -> Double {
        Double(above[i] &+ above[i + 1] &+ below[i] &+ below[i + 1])
    }

    /// Squared errors of the columns and rows that fill no block.
    @unsafe
    private mutating func addRest<Sample: FixedWidthInteger>(
        _ a: UnsafePointer<Sample>, _ b: UnsafePointer<Sample>, _ stride: Int,
        _ rectangle: UltrasoundRegions.Rectangle
    ) {
        let (wholeColumns, wholeRows) = (rectangle.columns & ~3, rectangle.rows & ~3)
        for row in 0..<rectangle.rows {
            let start = (rectangle.y + row) * stride + rectangle.x
            for column in (row < wholeRows ? wholeColumns : 0)..<rectangle.columns {
                let difference = unsafe Int(a[start + column]) - Int(b[start + column])
                squaredError += difference * difference
            }
        }
    }
}
