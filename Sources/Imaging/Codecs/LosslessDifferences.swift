/// Differences of predictor 1 between the samples of one row and their left neighbors, counted and coded. Samples are
/// interleaved, so that the left neighbor of a sample lies `samples` places before it.
///
/// A pass over the image counts, with `count`; `makeWords` turns the counts into code words; a second pass writes
/// those, with `write`. Bytes have a counter and a word for each difference -255...255, at `byteOffset` + difference;
/// wider samples for each category 0...16.
@safe
struct LosslessDifferences<Sample: FixedWidthInteger & UnsignedInteger> {
    /// Three times 512 counters, all 0 at first: for each component, or for alternating samples of one.
    let counters: UnsafeMutablePointer<Int>
    /// Three times 512 entries: a code word, with its additional bits if the sample is a byte, above 8 bits for its
    /// length.
    let words: UnsafeMutablePointer<UInt32>
    let samples: Int
    /// Samples a row.
    let count: Int
    /// The bits of a sample that count.
    let mask: Sample

    static var entryCount: Int { 512 }
    static var byteOffset: Int { 256 }
    static var isByte: Bool { Sample.bitWidth == 8 }

    /// The length of the additional bits (T.81 table H.2), for a difference modulo 65536.
    @inline(__always)
    static func category(_ difference: Int16) -> Int {
        16 &- difference.magnitude.leadingZeroBitCount
    }

    /// How often each category of a component occurs.
    func frequencies(_ component: Int) -> [Int] {
        var frequencies = [Int](repeating: 0, count: LosslessDecodingTable.categoryMax + 1)
        // One component has two banks of counters.
        for bank in component...(samples == 1 ? 1 : component) {
            let counts = unsafe counters + bank * Self.entryCount
            for difference in Self.isByte ? -255...255 : 0...(-1 + frequencies.count) {
                let category = Self.isByte ? Self.category(Int16(difference)) : difference
                unsafe frequencies[category] += counts[Self.isByte ? Self.byteOffset + difference : difference]
            }
        }
        return frequencies
    }

    /// What predicts the first sample of each component in a row: the samples above, at first half of their range (T.81
    /// H.1.2.1).
    func start(_ frame: UnsafePointer<Sample>, row: Int, precision: Int) -> (Int, Int, Int) {
        guard row > 0 else { return (1 << (precision - 1), 1 << (precision - 1), 1 << (precision - 1)) }
        let above = unsafe frame + (row - 1) * count
        let last = samples - 1
        return unsafe (Int(above[0] & mask), Int(above[min(1, last)] & mask), Int(above[last] & mask))
    }

    func makeWords(_ component: Int, _ code: HuffmanCode) {
        let target = unsafe words + component * Self.entryCount
        var byCategory = [HuffmanCode.Word](repeating: .init(bits: 0, length: 0), count: 17)
        for (word, category) in zip(code.words, code.symbols) { byCategory[Int(category)] = word }
        guard Self.isByte else {
            for (category, word) in byCategory.enumerated() {
                unsafe target[category] = word.bits << 8 | UInt32(word.length)
            }
            return
        }
        for difference in -255...255 {
            let category = Self.category(Int16(difference))
            let word = byCategory[category]
            // Negative differences count from below (T.81 F.1.2.1.1).
            let additional = UInt32(difference < 0 ? difference + (1 << category) - 1 : difference)
            let bits = word.bits << UInt32(category) | additional
            unsafe target[Self.byteOffset + difference] = bits << 8 | UInt32(word.length + category)
        }
    }

}
