/// Entropy-coded bytes up to the next marker, without the zero bytes that are stuffed behind 0xFF (T.81 F.1.2.3).
enum EntropySegment {
    /// Copies the segment that begins at `offset`.
    ///
    /// - Parameters:
    ///   - offset: left on the marker, or at the end of `bytes`.
    ///   - target: room for as many bytes as are left, and 8 more.
    /// - Returns: how many bytes there are in `target`.
    static func unstuff(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int, to target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard let source = bytes.baseAddress else { return 0 }
        let count = bytes.count
        var (from, to) = (offset, 0)
        let output = UnsafeMutableRawPointer(target)
        while from < count {
            if from &+ 8 <= count {
                let word = unsafe UInt64(littleEndian: (source + from).loadUnaligned(as: UInt64.self))
                unsafe (output + to).storeBytes(of: word.littleEndian, as: UInt64.self)
                // The lowest bit that is set is bit 7 of the first byte that is 0xFF.
                let marks = (~word &- 0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080
                let clean = marks == 0 ? 8 : marks.trailingZeroBitCount / 8
                from &+= clean
                to &+= clean
                if marks == 0 { continue }
            }
            let byte = unsafe source.load(fromByteOffset: from, as: UInt8.self)
            if byte == 0xFF {
                guard unsafe from &+ 1 < count && source.load(fromByteOffset: from &+ 1, as: UInt8.self) == 0 else {
                    break
                }
                from &+= 1
            }
            unsafe target[to] = byte
            from &+= 1
            to &+= 1
        }
        offset = from
        return to
    }
}
