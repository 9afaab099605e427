internal import Bytes

/// Which record a secret belongs to. A ciphertext moved to another row, tenant or purpose cannot be opened there.
package struct SecretContext: Sendable, Hashable {
    package let tenantID: String
    package let recordID: String
    /// What the secret is for, such as "tls-private-key".
    package let purpose: String
    /// Counts rewrites of the record's secret, so that an old ciphertext cannot be put back.
    package let version: UInt32

    package init(tenantID: String, recordID: String, purpose: String, version: UInt32 = 1) {
        self.tenantID = tenantID
        self.recordID = recordID
        self.purpose = purpose
        self.version = version
    }

    fileprivate var authenticated: [UInt8] {
        var writer = ByteWriter()
        for field in [tenantID, recordID, purpose] {
            writer.u32BE(UInt32(clamping: field.utf8.count))
            writer.append(field)
        }
        writer.u32BE(version)
        return writer.bytes
    }
}

/// A secret at rest: AES-256-GCM under a random key of its own, which is wrapped by the master key.
///
///     OFFSET SIZE FIELD
///          0    1 format version, 1
///          1    8 master key id
///          9   12 nonce of the wrapping
///         21   48 data key, encrypted, and tag
///         69   12 nonce of the data
///         81    n data, encrypted
///       81+n   16 tag
///
/// Both encryptions authenticate the context; the wrapping also bytes 0 to 8.
package enum SecretEnvelope {
    private static let formatVersion: UInt8 = 1
    private static let headerEnd = 9
    private static let wrapNonceEnd = 21
    private static let wrappedEnd = 69
    private static let nonceEnd = 81

    /// The sealed form of `secret`; a fresh data key and fresh nonces each time.
    package static func seal(
        _ secret: [UInt8], for context: SecretContext, under key: MasterKey
    ) throws(SecurityError) -> [UInt8] {
        var dataKeyBytes = RandomBytes.make(AEAD.keyByteCount)
        let dataKey = SecretBytes(wiping: &dataKeyBytes)
        let nonce = RandomBytes.make(AEAD.nonceByteCount)
        let sealed = try AEAD.seal(secret, key: dataKey, nonce: nonce, authenticating: context.authenticated)
        return try wrap(dataKey, for: context, under: key) + nonce + sealed
    }

    /// The secret. `.notAuthentic` for another context or a changed byte, `.unknownMasterKey` when the ring lacks the
    /// key.
    package static func open(
        _ sealed: [UInt8], for context: SecretContext, with ring: MasterKeyRing
    ) throws(SecurityError) -> SecretBytes {
        let dataKey = try unwrap(sealed, for: context, with: ring)
        var plain = try AEAD.open(
            Array(sealed[nonceEnd...]), key: dataKey, nonce: Array(sealed[wrappedEnd..<nonceEnd]),
            authenticating: context.authenticated)
        return SecretBytes(wiping: &plain)
    }

    /// The same secret with its data key wrapped by the ring's primary key; nil when it already is.
    package static func rewrap(
        _ sealed: [UInt8], for context: SecretContext, with ring: MasterKeyRing
    ) throws(SecurityError) -> [UInt8]? {
        if try masterKeyID(of: sealed) == ring.primary.id { return nil }
        let dataKey = try unwrap(sealed, for: context, with: ring)
        return try wrap(dataKey, for: context, under: ring.primary) + sealed[wrappedEnd...]
    }

    /// The id of the master key that is needed to open `sealed`.
    package static func masterKeyID(of sealed: [UInt8]) throws(SecurityError) -> String {
        guard sealed.count >= nonceEnd + AEAD.tagByteCount, sealed[0] == formatVersion else {
            throw .malformed("sealed secret")
        }
        return Hex.encode(sealed[1..<headerEnd])
    }

    private static func wrap(
        _ dataKey: SecretBytes, for context: SecretContext, under key: MasterKey
    ) throws(SecurityError) -> [UInt8] {
        let header = [formatVersion] + (Hex.decode(key.id) ?? [])
        let nonce = RandomBytes.make(AEAD.nonceByteCount)
        var plain = dataKey.copy
        defer { SecretBytes.wipe(&plain) }
        return header + nonce
            + (try AEAD.seal(plain, key: key.bytes, nonce: nonce, authenticating: header + context.authenticated))
    }

    private static func unwrap(
        _ sealed: [UInt8], for context: SecretContext, with ring: MasterKeyRing
    ) throws(SecurityError) -> SecretBytes {
        let key = try ring.key(id: try masterKeyID(of: sealed))
        var dataKey = try AEAD.open(
            Array(sealed[wrapNonceEnd..<wrappedEnd]), key: key.bytes, nonce: Array(sealed[headerEnd..<wrapNonceEnd]),
            authenticating: Array(sealed[..<headerEnd]) + context.authenticated)
        return SecretBytes(wiping: &dataKey)
    }
}
