internal import COpenSSL

/// The kinds of key that certificates are made for.
package enum KeyKind: String, Sendable, CaseIterable {
    /// RSA with 2048 bits: every terminator takes it.
    case rsa2048
    /// ECDSA on P-256: a handshake costs the server a fifth.
    case p256
}

/// A private key with its public half. The memory is OpenSSL's, which wipes it.
@safe
package final class KeyPair: @unchecked Sendable {
    // Unchecked: an EVP_PKEY is not changed after it is made, and its reference count is atomic.
    let raw: OpaquePointer

    init(taking raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe EVP_PKEY_free(raw) }

    package static func generate(_ kind: KeyKind) throws(SecurityError) -> KeyPair {
        OpenSSLErrors.clear()
        let key =
            switch kind {
            case .rsa2048: unsafe copenssl_generate_rsa(2048)
            case .p256: unsafe copenssl_generate_p256()
            }
        return unsafe KeyPair(taking: unsafe try OpenSSLErrors.check("generate key", key))
    }

    /// Reads PKCS#8 or traditional PEM; `passphrase` when it is encrypted.
    package init(pem: [UInt8], passphrase: String? = nil) throws(SecurityError) {
        unsafe raw = try MemoryBIO.reading(pem) { (bio) throws(SecurityError) in
            // Without a callback OpenSSL would ask for the pass phrase on the terminal.
            var phrase = Array((passphrase ?? "").utf8CString)
            let key = unsafe phrase.withUnsafeMutableBufferPointer {
                unsafe PEM_read_bio_PrivateKey(bio, nil, nil, $0.baseAddress)
            }
            guard let key = unsafe key else {
                OpenSSLErrors.clear()
                throw .malformed(passphrase == nil ? "PEM private key (or it is encrypted)" : "PEM private key")
            }
            return unsafe key
        }
    }

    package convenience init(pem: String, passphrase: String? = nil) throws(SecurityError) {
        try self.init(pem: Array(pem.utf8), passphrase: passphrase)
    }

    /// "RSA", "EC", "ED25519"...
    package var algorithm: String { unsafe KeyName.algorithm(of: unsafe raw) }
    package var bits: Int { unsafe Int(EVP_PKEY_get_bits(raw)) }

    /// PKCS#8, unencrypted, in PEM. Wipe it after use.
    package func pem() throws(SecurityError) -> [UInt8] {
        unsafe try MemoryBIO.collect("write key") { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, raw, nil, nil, 0, nil, nil)
        }
    }

    /// The traditional form ("BEGIN RSA PRIVATE KEY", "BEGIN EC PRIVATE KEY"), for appliances that know no PKCS#8.
    package func traditionalPEM() throws(SecurityError) -> [UInt8] {
        unsafe try MemoryBIO.collect("write key") { bio in
            unsafe PEM_write_bio_PrivateKey_traditional(bio, raw, nil, nil, 0, nil, nil)
        }
    }

    /// PKCS#8, unencrypted, in DER. Wipe it after use.
    package func der() throws(SecurityError) -> [UInt8] {
        unsafe try MemoryBIO.collect("write key") { bio in
            unsafe i2d_PKCS8PrivateKey_bio(bio, raw, nil, nil, 0, nil, nil)
        }
    }

    /// SHA-256 of the SubjectPublicKeyInfo in DER: what a pin compares.
    package func publicKeySHA256() throws(SecurityError) -> [UInt8] {
        unsafe Digest.of(try MemoryBIO.der("write public key") { unsafe i2d_PUBKEY(raw, $0) })
    }
}

/// Names for what OpenSSL calls a key type.
enum KeyName {
    static func algorithm(of key: OpaquePointer?) -> String {
        guard let key = unsafe key, let name = unsafe EVP_PKEY_get0_type_name(key) else { return "unknown" }
        return unsafe String(cString: name)
    }
}
