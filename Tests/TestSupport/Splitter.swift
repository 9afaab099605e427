/// Ways to cut an input, for decoders that must not care where a read ended: whole, byte by byte, in two at every
/// offset (up to 256 of them), and at random.
package enum Splitter {
    package static func cuts(of bytes: [UInt8], seed: UInt64 = 1) -> [[[UInt8]]] {
        var all: [[[UInt8]]] = [[bytes], bytes.map { [$0] }]
        let step = max(1, bytes.count / 256)
        for at in stride(from: 1, to: bytes.count, by: step) {
            all.append([Array(bytes[..<at]), Array(bytes[at...])])
        }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<16 {
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...max(1, bytes.count / 3), using: &random))
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            all.append(pieces)
        }
        return all
    }
}
