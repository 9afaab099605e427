internal import Bytes

/// The 16 bytes of a UUID as PostgreSQL keeps them, most significant first.
package struct PGUUID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil unless there are exactly 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// From "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", in either case; nil for any other form.
    package init?(_ text: some StringProtocol) {
        let units = Array(text.utf8)
        guard units.count == 36, let bytes = Self.parse(units) else { return nil }
        self.init(bytes: bytes)
    }

    private static func parse(_ units: [UInt8]) -> [UInt8]? {
        let dash = UInt8(ascii: "-")
        guard [8, 13, 18, 23].allSatisfy({ units[$0] == dash }) else { return nil }
        return Hex.decode(String(decoding: units.filter { $0 != dash }, as: UTF8.self))
    }

    package var bytes: [UInt8] {
        [high, low].flatMap { half in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }

    package var description: String {
        let digits = Array(Hex.encode(bytes))
        return [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
            .map { String($0) }.joined(separator: "-")
    }

    package static func < (a: PGUUID, b: PGUUID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
