internal import Bytes

/// The text of an API key: `cw_<keyid>_<secret><check>`, all base62.
///
/// The fixed prefix is for secret scanners; 12 characters of key id find the row; 43 characters carry 256 random bits;
/// 6 characters of CRC-32 over all before them reject typing errors without a look-up. Only the id and the hash are
/// stored.
package struct APIKeyToken: Sendable, CustomStringConvertible {
    package let keyID: String
    private let secret: String

    package static let prefix = "cw_"
    private static let keyIDLength = 12
    private static let secretLength = 43
    private static let checkLength = 6

    /// A new key.
    package static func generate() -> APIKeyToken {
        APIKeyToken(keyID: Base62.random(keyIDLength), secret: Base62.random(secretLength))
    }

    private init(keyID: String, secret: String) {
        self.keyID = keyID
        self.secret = secret
    }

    /// Reads what a client presents; `.malformed` unless prefix, lengths, alphabet and check are right.
    package init(_ text: String) throws(SecurityError) {
        let units = Array(text.utf8)
        let prefix = Array(Self.prefix.utf8)
        let secretStart = prefix.count + Self.keyIDLength + 1
        let checkStart = secretStart + Self.secretLength
        guard units.count == checkStart + Self.checkLength, units.starts(with: prefix),
            units[secretStart - 1] == UInt8(ascii: "_")
        else { throw .malformed("API key") }
        let id = units[prefix.count..<(secretStart - 1)]
        let secret = units[secretStart..<checkStart]
        guard id.allSatisfy(Base62.isDigit), secret.allSatisfy(Base62.isDigit),
            Array(units[checkStart...]) == Self.check(units[..<checkStart])
        else { throw .malformed("API key") }
        self.init(keyID: String(decoding: id, as: UTF8.self), secret: String(decoding: secret, as: UTF8.self))
    }

    /// The whole text, to be shown once.
    package var text: String {
        let body = "\(Self.prefix)\(keyID)_\(secret)"
        return body + String(decoding: Self.check(Array(body.utf8)[...]), as: UTF8.self)
    }

    /// SHA-256 of the secret: what is stored. The secret is random, so a slow hash would add nothing.
    package var secretHash: [UInt8] { Digest.of(secret) }

    /// Whether the stored hash is this key's, in constant time.
    package func matches(secretHash stored: [UInt8]) -> Bool { ConstantTime.areEqual(secretHash, stored) }

    /// The id only; the secret must not reach a log.
    package var description: String { "\(Self.prefix)\(keyID)_***" }

    private static func check(_ body: ArraySlice<UInt8>) -> [UInt8] { Base62.digits(CRC32.of(body), checkLength) }
}

/// Digits, upper case, lower case.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func isDigit(_ unit: UInt8) -> Bool { alphabet.contains(unit) }

    static func random(_ count: Int) -> String {
        var text: [UInt8] = []
        while text.count < count {
            // Bytes from 248 up are dropped: 62 does not divide 256, and the first characters would be favored.
            for byte in RandomBytes.make(count) where byte < 248 && text.count < count {
                text.append(alphabet[Int(byte % 62)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func digits(_ value: UInt32, _ count: Int) -> [UInt8] {
        var value = value
        var text: [UInt8] = []
        for _ in 0..<count {
            text.append(alphabet[Int(value % 62)])
            value /= 62
        }
        return text.reversed()
    }
}

/// CRC-32 of ISO 3309, as in zip.
enum CRC32 {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
