/// Base64 of RFC 4648 section 4, padded.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for i in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).reduce(0) { $0 << 8 | (i + $1 < bytes.count ? Int(bytes[i + $1]) : 0) }
            for j in 0..<4 {
                let padded = j > bytes.count - i
                text.append(padded ? UInt8(ascii: "=") : alphabet[group >> (18 - 6 * j) & 63])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when a character is outside the alphabet or the padding is wrong. Line breaks are skipped.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var values: [UInt8] = []
        var padding = 0
        for unit in text.utf8 where unit != 10 && unit != 13 {
            if unit == UInt8(ascii: "=") {
                padding += 1
            } else {
                guard padding == 0, let value = value(unit) else { return nil }
                values.append(value)
            }
        }
        guard padding <= 2, (values.count + padding) % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for i in stride(from: 0, to: values.count, by: 4) {
            let count = min(4, values.count - i)
            let group = (0..<4).reduce(0) { $0 << 6 | ($1 < count ? Int(values[i + $1]) : 0) }
            for j in 0..<(count - 1) { bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * j))) }
        }
        return bytes
    }

    private static func value(_ unit: UInt8) -> UInt8? {
        switch unit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): unit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): unit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): unit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
