/// A unique identifier (PS3.5 9.1): 1 to 64 digits and dots, no empty component.
///
/// Components with leading zeros are not conformant, but they are common in the field and their owner will look for
/// exactly those characters, so they are accepted and kept.
package struct UID: Hashable, Sendable {
    package let text: String

    /// Nil unless `text`, freed of padding (NUL and blank) at its end, is a UID.
    package init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8))
    }

    /// Nil unless the bytes, freed of padding (NUL and blank) at their end, are a UID.
    package init?(bytes: [UInt8]) {
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0 || bytes[end - 1] == 0x20 { end -= 1 }
        guard (1...64).contains(end) else { return nil }
        let dot = UInt8(ascii: ".")
        var previous = dot
        for byte in bytes[..<end] {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard isDigit || (byte == dot && previous != dot) else { return nil }
            previous = byte
        }
        guard previous != dot else { return nil }
        text = String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// A UID under 2.25 from 16 bytes, random or hashed (ISO/IEC 9834-8); nil unless there are exactly 16.
    ///
    /// `version` is 4 for random bytes and 8 for a hash of the caller's own making (RFC 9562).
    package init?(uuidBytes: [UInt8], version: UInt8 = 4) {
        guard uuidBytes.count == 16 else { return nil }
        var number: UInt128 = 0
        for (index, byte) in uuidBytes.enumerated() {
            var byte = byte
            if index == 6 { byte = byte & 0x0F | version << 4 }
            if index == 8 { byte = byte & 0x3F | 0x80 }
            number = number << 8 | UInt128(byte)
        }
        text = "2.25.\(number)"
    }

    /// For UIDs written in this program's source only.
    init(literal: StaticString) { text = "\(literal)" }

    /// Whether no component has a leading zero, as the standard demands.
    package var isConformant: Bool {
        text.split(separator: ".").allSatisfy { $0 == "0" || $0.first != "0" }
    }
}

extension UID: CustomStringConvertible {
    package var description: String { text }
}
