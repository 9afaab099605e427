/// One component of a frame in memory, whose samples lie `stride` apart.
@safe
struct LosslessComponentRows<Sample: FixedWidthInteger & UnsignedInteger> {
    /// The first sample of the component.
    var base: UnsafeMutablePointer<Sample>
    var columns: Int
    /// Samples from one pixel to the next.
    var stride: Int

    /// Adds differences, `step` apart, to what predicts each sample of a row (T.81 H.1.2.1, table H.1). All arithmetic
    /// is modulo 65536.
    ///
    /// - Parameters:
    ///   - predictor: 1...7; the first row after a restart has to be given 1.
    ///   - start: what predicts the first sample.
    /// - Returns: the samples, one or the other: their highest bit is the highest of all.
    func reconstruct(
        row: Int, _ differences: UnsafePointer<UInt16>, step: Int, predictor: Int, start: Int
    ) -> Int {
        let line = unsafe RowLine(
            current: base + row * columns * stride, count: columns, stride: stride, differences: differences,
            step: step)
        let above = columns * stride
        return switch predictor {
        case 1: unsafe line.run(start, 0) { left, _, _ in left }
        case 2: unsafe line.run(start, above) { _, up, _ in up }
        case 3: unsafe line.run(start, above) { _, _, diagonal in diagonal }
        case 4: unsafe line.run(start, above) { left, up, diagonal in left &+ up &- diagonal }
        case 5: unsafe line.run(start, above) { left, up, diagonal in left &+ ((up &- diagonal) &>> 1) }
        case 6: unsafe line.run(start, above) { left, up, diagonal in up &+ ((left &- diagonal) &>> 1) }
        default: unsafe line.run(start, above) { left, up, _ in (left &+ up) &>> 1 }
        }
    }

    @unsafe
    private struct RowLine {
        let current: UnsafeMutablePointer<Sample>
        let count: Int
        let stride: Int
        let differences: UnsafePointer<UInt16>
        let step: Int

        /// - Parameters:
        ///   - above: samples from the row before to this one; 0 when it is not asked for.
        ///   - predict: from the samples to the left, above, and above to the left.
        @inline(__always)
        func run(_ start: Int, _ above: Int, _ predict: (Int, Int, Int) -> Int) -> Int {
            var left = unsafe (start &+ Int(differences[0])) & 0xFFFF
            unsafe current[0] = Sample(truncatingIfNeeded: left)
            var all = left
            for index in unsafe 1..<max(count, 1) {
                let place = unsafe current + index &* stride
                let up = unsafe above == 0 ? 0 : Int((place - above).pointee)
                let diagonal = unsafe above == 0 ? 0 : Int((place - above - stride).pointee)
                left = unsafe (predict(left, up, diagonal) &+ Int(differences[index &* step])) & 0xFFFF
                unsafe place.pointee = Sample(truncatingIfNeeded: left)
                all |= left
            }
            return all
        }
    }

    /// Brings the samples from the codestream to what they are: undoes the point transform, and repeats the sign bit of
    /// two's complement.
    func finish(rows: Int, pointTransform: Int, signBits: Int?) {
        guard pointTransform > 0 || signBits != nil else { return }
        let unused = signBits.map { Sample.bitWidth - $0 } ?? 0
        for index in 0..<(rows * columns) {
            let place = unsafe base + index &* stride
            var sample = unsafe place.pointee &<< Sample(truncatingIfNeeded: pointTransform)
            if unused > 0 {
                let sign: Sample = 1 &<< Sample(truncatingIfNeeded: Sample.bitWidth &- unused &- 1)
                sample = ((sample & ((sign &<< 1) &- 1)) ^ sign) &- sign
            }
            unsafe place.pointee = sample
        }
    }
}
