/// Look-up table of one Huffman code for differences of JPEG Lossless, 32-bit entries in raw memory:
///
///     0 ..< 2048      by the next 11 bits: see below
///     2048 + length   bound of the codes of that length: the first 16 bits that are none of them nor of a shorter one
///     2065 + length   index of the first symbol of that length less its code
///     2082 ..< 2338   categories in the order of their codes
///
/// An entry by bits holds the whole difference where code and additional bits fit: the difference in bits 16...31,
/// their length in bits 0...6. Else bit 7 is set, with the category in bits 8...15 and the length of the code in bits
/// 0...6, which is 0 when the code is longer than 11 bits or when there is none.
enum LosslessDecodingTable {
    static let indexBits = 11
    static let indirect: UInt32 = 0x80
    static let entryCount = 1 << indexBits
    static let boundOffset = entryCount
    static let symbolOffset = boundOffset + 17
    static let categoryOffset = symbolOffset + 17
    static let byteCount = (categoryOffset + 256) * 4
    /// Differences are 16 bits wide: T.81 H.1.2.2, table H.2.
    static let categoryMax = 16

    static func build(_ code: HuffmanCode, in table: UnsafeMutablePointer<UInt32>) throws(CodecError) {
        guard code.symbols.allSatisfy({ $0 <= categoryMax }) else {
            throw .malformed("a JPEG Lossless Huffman table with categories above \(categoryMax)")
        }
        unsafe table.update(repeating: indirect, count: entryCount)
        for (word, category) in zip(code.words, code.symbols) where word.length <= indexBits {
            unsafe fill(table, word, category: Int(category))
        }
        var (next, index) = (0, 0)
        for length in 1...HuffmanCode.lengthMax {
            let count = code.lengthCounts[length - 1]
            unsafe table[symbolOffset + length] = UInt32(truncatingIfNeeded: index - next)
            next += count
            index += count
            unsafe table[boundOffset + length] = UInt32(next << (HuffmanCode.lengthMax - length))
            next <<= 1
        }
        for (index, category) in code.symbols.enumerated() { unsafe table[categoryOffset + index] = UInt32(category) }
    }

    /// Fills the entries whose index begins with `word`.
    private static func fill(_ table: UnsafeMutablePointer<UInt32>, _ word: HuffmanCode.Word, category: Int) {
        let freeBits = indexBits - word.length
        let first = Int(word.bits) << freeBits
        let additional = category == categoryMax ? 0 : category
        for free in 0..<(1 << freeBits) {
            guard additional <= freeBits else {
                unsafe table[first + free] = UInt32(category << 8 | word.length) | indirect
                continue
            }
            let difference = difference(category: category, bits: free >> (freeBits - additional))
            let pattern = UInt32(UInt16(truncatingIfNeeded: difference))
            unsafe table[first + free] = pattern << 16 | UInt32(word.length + additional)
        }
    }

    /// The difference of a category's additional bits (T.81 F.2.2.1, EXTEND; H.1.2.2).
    @inline(__always)
    static func difference(category: Int, bits: Int) -> Int {
        if category == categoryMax { return 32768 }
        let half = (1 &<< category) &>> 1
        return bits < half ? bits &- (half &<< 1) &+ 1 : bits
    }
}
