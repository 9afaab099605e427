/// A Huffman code as a DHT segment tells it (T.81 B.2.4.2): how many codes there are of each length, and the symbols in
/// the order of their codes. The first code is all zero bits (T.81 C.2).
struct HuffmanCode: Equatable, Sendable {
    static let lengthMax = 16

    /// Codes of length 1...16, at 0...15.
    private(set) var lengthCounts: [Int]
    private(set) var symbols: [UInt8]

    /// One code word: its `length` low bits.
    struct Word: Equatable, Sendable {
        var bits: UInt32
        var length: Int
    }

    /// Nil when there are more codes than the lengths have room for, or not as many symbols as codes.
    init?(lengthCounts: [Int], symbols: [UInt8]) {
        guard lengthCounts.count == Self.lengthMax, lengthCounts.reduce(0, +) == symbols.count, symbols.count <= 256
        else { return nil }
        var free = 1
        for count in lengthCounts {
            free = 2 * free - count
            guard free >= 0 else { return nil }
        }
        self.lengthCounts = lengthCounts
        self.symbols = symbols
    }

    /// The best code for symbols that occur `frequencies[symbol]` times, no longer than 16 bits and without the code of
    /// all one bits (T.81 K.2). At most 256 symbols, of which one occurs.
    init(frequencies: [Int]) {
        let lengths = Self.lengths(frequencies)
        var counts = [Int](repeating: 0, count: (lengths.max() ?? 0) + 1)
        for length in lengths { counts[length] += 1 }
        counts[0] = 0
        Self.shorten(&counts)
        // The symbol that only keeps the last code free is one of the longest.
        if let last = counts.lastIndex(where: { $0 > 0 }) { counts[last] -= 1 }
        counts += [Int](repeating: 0, count: max(0, Self.lengthMax + 1 - counts.count))
        lengthCounts = Array(counts[1...Self.lengthMax])
        symbols = frequencies.indices.filter { frequencies[$0] > 0 }.sorted {
            (lengths[$0], $0) < (lengths[$1], $1)
        }.map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The code words in the order of `symbols` (T.81 C.2).
    var words: [Word] {
        var words: [Word] = []
        var bits: UInt32 = 0
        for (index, count) in lengthCounts.enumerated() {
            for _ in 0..<count {
                words.append(Word(bits: bits, length: index + 1))
                bits += 1
            }
            bits <<= 1
        }
        return words
    }

    /// How many zero bits mean the symbol 0; nil when other bits mean it, or none.
    var zeroLength: Int? {
        guard symbols.first == 0, let index = lengthCounts.firstIndex(where: { $0 > 0 }) else { return nil }
        return index + 1
    }

    /// Code lengths without a limit, and one more symbol at the end that occurs once (T.81 K.2, figure K.1).
    private static func lengths(_ frequencies: [Int]) -> [Int] {
        var weights = frequencies + [1]
        var lengths = [Int](repeating: 0, count: weights.count)
        var members = weights.indices.map { [$0] }
        while true {
            // The last one among equals, so that the additional symbol gets one of the longest codes.
            let order = weights.indices.filter { weights[$0] > 0 }.sorted { (weights[$0], -$0) < (weights[$1], -$1) }
            guard order.count > 1 else { return lengths }
            let (least, next) = (order[0], order[1])
            weights[next] += weights[least]
            weights[least] = 0
            members[next] += members[least]
            for symbol in members[next] { lengths[symbol] += 1 }
        }
    }

    /// Moves codes that are longer than 16 bits up (T.81 K.2, figure K.3); `counts` is indexed by length.
    private static func shorten(_ counts: inout [Int]) {
        var length = counts.count - 1
        while length > lengthMax {
            while counts[length] > 0 {
                // Two of the longest leave their common prefix; one takes the prefix, the other one the place beside a
                // shorter code that is split.
                var shorter = length - 2
                while counts[shorter] == 0 { shorter -= 1 }
                counts[length] -= 2
                counts[length - 1] += 1
                counts[shorter + 1] += 2
                counts[shorter] -= 1
            }
            length -= 1
        }
    }
}
