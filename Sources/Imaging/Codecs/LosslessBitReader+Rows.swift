/// Rows of samples and differences out of the bits of a scan.
extension LosslessBitReader {
    /// Decodes a row of one component with predictor 1.
    ///
    /// - Parameters:
    ///   - start: what predicts the first sample.
    /// - Returns: the samples, one or the other: their highest bit is the highest of all.
    mutating func readRow<Sample: FixedWidthInteger & UnsignedInteger>(
        to row: UnsafeMutablePointer<Sample>, count: Int, _ scan: LosslessScanTables, start: Int
    ) -> Int {
        let table = unsafe scan.tables[0]
        let bound = unsafe scan.runBound
        var reader = unsafe self
        var (sample, all, index) = (start, 0, 0)
        while index < count {
            unsafe reader.refill()
            if unsafe reader.window < bound {
                let run = unsafe scan.takeRun(&reader, limit: count &- index)
                unsafe (row + index).update(repeating: Sample(truncatingIfNeeded: sample), count: run)
                index &+= run
                continue
            }
            // Four times 11 bits are there.
            let stop = min(index &+ 4, count)
            while index < stop {
                sample = unsafe (sample &+ reader.difference(table)) & 0xFFFF
                unsafe row[index] = Sample(truncatingIfNeeded: sample)
                all |= sample
                index &+= 1
            }
        }
        unsafe self = unsafe reader
        return all
    }

    /// Decodes a row of pixels of three components with predictor 1; otherwise as `readRow`.
    mutating func readPixelRow<Sample: FixedWidthInteger & UnsignedInteger>(
        to row: UnsafeMutablePointer<Sample>, count: Int, _ scan: LosslessScanTables, start: (Int, Int, Int)
    ) -> Int {
        let (table0, table1, table2) = unsafe (scan.tables[0], scan.tables[1], scan.tables[2])
        let bound = unsafe scan.runBound
        var reader = unsafe self
        var (sample0, sample1, sample2) = start
        var (all, index) = (0, 0)
        let end = count &* 3
        while index < end {
            unsafe reader.refill()
            if unsafe reader.window < bound {
                let run = unsafe scan.takeRun(&reader, limit: (end &- index) / 3)
                for _ in 0..<run {
                    unsafe row[index] = Sample(truncatingIfNeeded: sample0)
                    unsafe row[index &+ 1] = Sample(truncatingIfNeeded: sample1)
                    unsafe row[index &+ 2] = Sample(truncatingIfNeeded: sample2)
                    index &+= 3
                }
                continue
            }
            sample0 = unsafe (sample0 &+ reader.difference(table0)) & 0xFFFF
            sample1 = unsafe (sample1 &+ reader.difference(table1)) & 0xFFFF
            sample2 = unsafe (sample2 &+ reader.difference(table2)) & 0xFFFF
            unsafe row[index] = Sample(truncatingIfNeeded: sample0)
            unsafe row[index &+ 1] = Sample(truncatingIfNeeded: sample1)
            unsafe row[index &+ 2] = Sample(truncatingIfNeeded: sample2)
            all |= sample0 | sample1 | sample2
            index &+= 3
        }
        unsafe self = unsafe reader
        return all
    }

    /// Decodes the differences of a row, interleaved as the components are.
    mutating func readDifferences(to row: UnsafeMutablePointer<UInt16>, count: Int, _ scan: LosslessScanTables) {
        let components = unsafe scan.tables.count
        var index = 0
        for _ in 0..<count {
            for component in 0..<components {
                unsafe refill()
                unsafe row[index] = UInt16(truncatingIfNeeded: difference(scan.tables[component]))
                index &+= 1
            }
        }
    }
}
