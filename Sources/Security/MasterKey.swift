internal import Bytes

/// The key that wraps all others: 32 bytes, held by the operator outside the database.
package struct MasterKey: Sendable {
    let bytes: SecretBytes
    /// Names the key in what it sealed without telling anything about it; 16 hexadecimal digits.
    package let id: String

    package init(_ bytes: SecretBytes) throws(SecurityError) {
        guard bytes.count == AEAD.keyByteCount else {
            throw .invalid(field: "master key", reason: "must be 32 bytes, but is \(bytes.count)")
        }
        self.bytes = bytes
        var material = bytes.copy
        id = Hex.encode(HMAC.sha256(key: material, Array("causeway master key id".utf8)).prefix(8))
        SecretBytes.wipe(&material)
    }

    /// From the text of a key file: 32 bytes in base64, white space at the ends allowed.
    package init(base64 text: String) throws(SecurityError) {
        let trimmed = text.filter { !$0.isWhitespace }
        guard var bytes = Base64.decode(trimmed) else {
            throw .invalid(field: "master key", reason: "must be 32 bytes in base64")
        }
        try self.init(SecretBytes(wiping: &bytes))
    }

    /// A key for one purpose, from which the master key cannot be told: the first `byteCount` (up to 32) bytes of HMAC.
    package func derive(_ purpose: String, byteCount: Int) -> [UInt8] {
        precondition(byteCount <= 32, "HMAC-SHA-256 gives 32 bytes")
        var material = bytes.copy
        defer { SecretBytes.wipe(&material) }
        return Array(HMAC.sha256(key: material, Array("causeway \(purpose)".utf8)).prefix(byteCount))
    }

    /// The text of a new key file.
    package static func generateBase64() -> String { Base64.encode(RandomBytes.make(AEAD.keyByteCount)) }
}

/// The master key that seals, and older ones that only open.
package struct MasterKeyRing: Sendable {
    package let primary: MasterKey
    package let retired: [MasterKey]

    package init(primary: MasterKey, retired: [MasterKey] = []) {
        self.primary = primary
        self.retired = retired
    }

    func key(id: String) throws(SecurityError) -> MasterKey {
        if primary.id == id { return primary }
        guard let key = retired.first(where: { $0.id == id }) else { throw .unknownMasterKey(id: id) }
        return key
    }
}
