/// One bit for each ordinal of a manifest: bit `ordinal % 8` of byte `ordinal / 8`.
package struct InstanceBitmap: Sendable, Equatable {
    package let count: Int
    package private(set) var bytes: [UInt8]

    /// No bit set.
    package init(count: Int) {
        precondition(count >= 0, "a bitmap has no negative length")
        self.count = count
        bytes = Array(repeating: 0, count: (count + 7) / 8)
    }

    /// As stored; nil when the length is another or a bit beyond the end is set.
    package init?(count: Int, bytes: [UInt8]) {
        guard count >= 0, bytes.count == (count + 7) / 8 else { return nil }
        if count % 8 != 0, let last = bytes.last, last >> UInt8(count % 8) != 0 { return nil }
        self.count = count
        self.bytes = bytes
    }

    package subscript(ordinal: Int) -> Bool {
        get {
            precondition(0..<count ~= ordinal, "ordinal out of range")
            return bytes[ordinal / 8] >> UInt8(ordinal % 8) & 1 == 1
        }
        set {
            precondition(0..<count ~= ordinal, "ordinal out of range")
            let mask = UInt8(1) << UInt8(ordinal % 8)
            if newValue { bytes[ordinal / 8] |= mask } else { bytes[ordinal / 8] &= ~mask }
        }
    }

    package var setCount: Int { bytes.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isFull: Bool { setCount == count }

    /// Ordinals whose bit is not set, in order.
    package var missing: [Int] { (0..<count).filter { !self[$0] } }
}
