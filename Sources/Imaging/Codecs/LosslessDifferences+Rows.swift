/// The loops over the samples of a row. Blocks of 24 bytes that equal the pixel before, as in the black around an
/// ultrasound image, are taken at once.
extension LosslessDifferences {
    private static var blockByteCount: Int { 24 }
    private static var blockCount: Int { blockByteCount / (Sample.bitWidth / 8) }

    /// Counts the differences of one row.
    ///
    /// - Parameter start: what predicts the first sample of each component.
    func count(_ row: UnsafePointer<Sample>, start: (Int, Int, Int)) {
        unsafe first(row, start) { component, difference in
            unsafe counters[component * Self.entryCount + Self.index(difference)] += 1
        }
        if samples == 1 { unsafe count(row, 1) } else { unsafe count(row, 3) }
    }

    /// Writes the words of one row: fewer than 32 bits a sample.
    ///
    /// - Parameters:
    ///   - start: what predicts the first sample of each component.
    ///   - zeros: what a block of equal samples is.
    func write(
        _ row: UnsafePointer<Sample>, start: (Int, Int, Int), zeros: ZeroBlock, _ writer: inout JPEGBitWriter
    ) {
        unsafe first(row, start) { component, difference in
            let (bits, length) = word(component, difference)
            unsafe writer.put(bits, length)
        }
        if samples == 1 {
            unsafe write(row, 1, zeros, &writer)
        } else {
            unsafe write(row, 3, zeros, &writer)
        }
    }

    /// The bits of a block whose differences are all 0: `repeats` times the same ones.
    struct ZeroBlock {
        var bits: UInt64
        var length: Int
        var repeats: Int
    }

    /// To be asked for once the words are made.
    var zeroBlock: ZeroBlock {
        var (pixelBits, pixelLength) = (UInt64(0), 0)
        for component in 0..<(samples) {
            let (bits, length) = word(component, 0)
            pixelBits = pixelBits << UInt64(length) | bits
            pixelLength += length
        }
        let pixelCount = Self.blockCount / samples
        let together = [24, 12, 8, 6, 4, 3, 2].first { pixelCount % $0 == 0 && $0 * pixelLength < 64 } ?? 1
        let bits = (0..<together).reduce(UInt64(0)) { bits, _ in bits << UInt64(pixelLength) | pixelBits }
        return ZeroBlock(bits: bits, length: together * pixelLength, repeats: pixelCount / together)
    }

    private func first(_ row: UnsafePointer<Sample>, _ start: (Int, Int, Int), _ body: (Int, Int) -> Void) {
        unsafe body(0, Int(row[0] & mask) - start.0)
        guard samples == 3 else { return }
        unsafe body(1, Int(row[1] & mask) - start.1)
        unsafe body(2, Int(row[2] & mask) - start.2)
    }

    @inline(__always)
    private func difference(_ place: UnsafePointer<Sample>, _ samples: Int) -> Int {
        unsafe Int(place.pointee & mask) &- Int((place - samples).pointee & mask)
    }

    /// Where the counter of a difference is.
    @inline(__always)
    private static func index(_ difference: Int) -> Int {
        isByte ? byteOffset &+ difference : category(Int16(truncatingIfNeeded: difference))
    }

    @inline(__always)
    private func word(_ component: Int, _ difference: Int) -> (bits: UInt64, length: Int) {
        let entry = unsafe words[component &* Self.entryCount &+ Self.index(difference)]
        let (code, length) = (UInt64(entry &>> 8), Int(entry & 0xFF))
        if Self.isByte { return (code, length) }
        let narrow = Int16(truncatingIfNeeded: difference)
        // Category 16 has no additional bits (T.81 H.1.2.2).
        let additional = Self.category(narrow) & 15
        let bits = Int(narrow) &+ Int(narrow &>> 15)
        let low = UInt64(truncatingIfNeeded: bits) & (1 &<< UInt64(additional) &- 1)
        return (code &<< UInt64(additional) | low, length &+ additional)
    }

    @inline(__always)
    private func count(_ row: UnsafePointer<Sample>, _ samples: Int) {
        let (bank1, bank2) = unsafe (counters + Self.entryCount, counters + 2 * Self.entryCount)
        let end = count
        var place = samples
        while place < end {
            let stop = min(place &+ Self.blockCount, end)
            if unsafe stop &- place == Self.blockCount && isEqualBlock(row + place, samples) {
                for component in 0..<samples {
                    unsafe counters[component &* Self.entryCount &+ Self.index(0)] += Self.blockCount / samples
                }
                place = stop
            } else if samples == 1 {
                // Two banks in turn, so that equal differences do not wait for each other.
                while place < stop {
                    let bank = unsafe place & 1 == 0 ? counters : bank1
                    unsafe bank[Self.index(difference(row + place, 1))] &+= 1
                    place &+= 1
                }
            } else {
                while place < stop {
                    unsafe counters[Self.index(difference(row + place, 3))] &+= 1
                    unsafe bank1[Self.index(difference(row + place + 1, 3))] &+= 1
                    unsafe bank2[Self.index(difference(row + place + 2, 3))] &+= 1
                    place &+= 3
                }
            }
        }
    }

    @inline(__always)
    private func write(
        _ row: UnsafePointer<Sample>, _ samples: Int, _ zeros: ZeroBlock, _ target: inout JPEGBitWriter
    ) {
        let end = count
        var writer = unsafe target
        var place = samples
        while place < end {
            let stop = min(place &+ Self.blockCount, end)
            if unsafe stop &- place == Self.blockCount && isEqualBlock(row + place, samples) {
                for _ in 0..<zeros.repeats { unsafe writer.put(zeros.bits, zeros.length) }
                place = stop
            } else if samples == 1 {
                while place &+ 1 < stop {
                    let (bits0, length0) = unsafe word(0, difference(row + place, 1))
                    let (bits1, length1) = unsafe word(0, difference(row + place + 1, 1))
                    unsafe writer.put(bits0 &<< UInt64(truncatingIfNeeded: length1) | bits1, length0 &+ length1)
                    place &+= 2
                }
                if place < stop {
                    let (bits, length) = unsafe word(0, difference(row + place, 1))
                    unsafe writer.put(bits, length)
                    place &+= 1
                }
            } else {
                while place < stop {
                    unsafe writePixel(row + place, &writer)
                    place &+= 3
                }
            }
        }
        unsafe target = unsafe writer
    }

    @inline(__always)
    private func writePixel(_ place: UnsafePointer<Sample>, _ writer: inout JPEGBitWriter) {
        let (bits0, length0) = unsafe word(0, difference(place, 3))
        let (bits1, length1) = unsafe word(1, difference(place + 1, 3))
        let (bits2, length2) = unsafe word(2, difference(place + 2, 3))
        // Two words have fewer than 64 bits, three may have more.
        let two = bits0 &<< UInt64(truncatingIfNeeded: length1) | bits1
        let length = length0 &+ length1
        if length &+ length2 < 64 {
            unsafe writer.put(two &<< UInt64(truncatingIfNeeded: length2) | bits2, length &+ length2)
        } else {
            unsafe writer.put(two, length)
            unsafe writer.put(bits2, length2)
        }
    }

    /// Whether the block at `place` equals what lies one pixel before it.
    @inline(__always)
    private func isEqualBlock(_ place: UnsafePointer<Sample>, _ samples: Int) -> Bool {
        let (bytes, before) = unsafe (UnsafeRawPointer(place), UnsafeRawPointer(place - samples))
        let first = unsafe bytes.loadUnaligned(as: UInt64.self) ^ before.loadUnaligned(as: UInt64.self)
        let second =
            unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            ^ before.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let third =
            unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            ^ before.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        return first | second | third == 0
    }
}
