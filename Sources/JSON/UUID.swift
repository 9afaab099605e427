internal import Synchronization

/// A universally unique identifier, RFC 9562.
package struct UUID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier of version 7: milliseconds of `now`, then random bits. Identifiers made by one process are
    /// strictly increasing, also when the clock steps back.
    package static func v7(at now: Timestamp) -> UUID { UUIDv7Generator.shared.next(at: now) }

    /// Nil unless there are exactly 16 bytes, network order.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads the form `018f3e2a-7b1c-7d3e-9a4b-0123456789ab` of any version, either case; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let units = Array(text.utf8)
        guard units.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var pending: UInt8?
        for (i, unit) in units.enumerated() {
            if i == 8 || i == 13 || i == 18 || i == 23 {
                guard unit == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(Unicode.Scalar(unit)).hexDigitValue else { return nil }
            if let first = pending {
                bytes.append(first << 4 | UInt8(digit))
                pending = nil
            } else {
                pending = UInt8(digit)
            }
        }
        self.init(bytes: bytes)
    }

    /// Sixteen bytes, network order.
    package var bytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// The lower-case form with hyphens, 36 characters.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (i, byte) in bytes.enumerated() {
            if i == 4 || i == 6 || i == 8 || i == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The version digit.
    package var version: Int { Int(high >> 12 & 15) }

    /// The moment a version 7 identifier was made, in whole milliseconds; nil for other versions.
    package var timestamp: Timestamp? {
        version == 7 ? Timestamp(microseconds: Int64(high >> 16) * 1000) : nil
    }

    package static func < (a: UUID, b: UUID) -> Bool { a.high == b.high ? a.low < b.low : a.high < b.high }
}

/// Makes version 7 identifiers, each greater than the one before (RFC 9562 6.2, method 2).
package final class UUIDv7Generator: Sendable {
    static let shared = UUIDv7Generator()

    /// 48 bits of milliseconds, and 74 random bits as 12 and 62.
    private struct State {
        var milliseconds: UInt64 = 0
        var randomA: UInt64 = 0
        var randomB: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func next(at now: Timestamp) -> UUID {
        let milliseconds = UInt64(clamping: now.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        return state.withLock { state in
            if milliseconds > state.milliseconds {
                state.milliseconds = milliseconds
                state.randomA = .random(in: 0..<1 << 12)
                state.randomB = .random(in: 0..<1 << 62)
            } else {
                Self.advance(&state)
            }
            return UUID(
                high: state.milliseconds << 16 | 7 << 12 | state.randomA,
                low: 0b10 << 62 | state.randomB)
        }
    }

    /// Within a millisecond the random part counts up by a random step, so that the next identifier cannot be guessed.
    private static func advance(_ state: inout State) {
        state.randomB += .random(in: 1...1 << 32)
        guard state.randomB >= 1 << 62 else { return }
        state.randomB &= (1 << 62) - 1
        state.randomA += 1
        guard state.randomA >= 1 << 12 else { return }
        state.randomA = 0
        state.milliseconds += 1
    }
}
