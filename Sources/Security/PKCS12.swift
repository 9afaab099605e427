internal import COpenSSL

/// PKCS#12 files (RFC 7292): certificate, chain and key under one pass phrase.
package enum PKCS12 {
    package static let passphraseLengthMin = 8

    /// AES-256 with PBKDF2, integrity by HMAC-SHA-256. `name` is the friendly name shown by importers.
    package static func export(
        _ identity: Identity, passphrase: String, name: String
    ) throws(SecurityError) -> [UInt8] {
        guard passphrase.unicodeScalars.count >= passphraseLengthMin else {
            throw .invalid(field: "passphrase", reason: "must have \(passphraseLengthMin) characters or more")
        }
        OpenSSLErrors.clear()
        let chain = unsafe try OpenSSLErrors.check("PKCS#12", copenssl_certificates_new())
        defer { unsafe copenssl_certificates_free(chain) }
        for certificate in identity.certificates.dropFirst() {
            unsafe try certificate.withX509 { (x509) throws(SecurityError) in
                unsafe X509_up_ref(x509)
                unsafe try OpenSSLErrors.check("PKCS#12", copenssl_certificates_push(chain, x509))
            }
        }
        return unsafe try identity.leaf.withX509 { (leaf) throws(SecurityError) in
            let made = unsafe PKCS12_create(passphrase, name, identity.key.raw, leaf, chain, 0, 0, 0, 0, 0)
            let raw = unsafe try OpenSSLErrors.check("PKCS#12", made)
            defer { unsafe PKCS12_free(raw) }
            return unsafe try MemoryBIO.der("PKCS#12") { unsafe i2d_PKCS12(raw, $0) }
        }
    }

    /// Reads a file of certificate and key.
    package static func read(_ bytes: [UInt8], passphrase: String) throws(SecurityError) -> Identity {
        let file = unsafe try MemoryBIO.reading(bytes) { (bio) throws(SecurityError) in
            guard let file = unsafe d2i_PKCS12_bio(bio, nil) else {
                OpenSSLErrors.clear()
                throw .malformed("PKCS#12 file")
            }
            return unsafe file
        }
        defer { unsafe PKCS12_free(file) }
        var key: OpaquePointer?
        var leaf: OpaquePointer?
        var rest: OpaquePointer?
        guard unsafe PKCS12_parse(file, passphrase, &key, &leaf, &rest) == 1 else {
            OpenSSLErrors.clear()
            throw .invalid(field: "passphrase", reason: "does not open the PKCS#12 file")
        }
        defer { unsafe copenssl_certificates_free(rest) }
        let pair = unsafe key.map { unsafe KeyPair(taking: unsafe $0) }
        defer { unsafe X509_free(leaf) }
        guard let pair, let leaf = unsafe leaf else { throw .malformed("PKCS#12 file with a certificate and its key") }
        var chain = [unsafe try Certificate(leaf)]
        for i in 0..<max(0, unsafe copenssl_certificates_count(rest)) {
            if let x509 = unsafe copenssl_certificates_at(rest, i) { chain.append(unsafe try Certificate(x509)) }
        }
        return Identity(certificates: chain, key: pair)
    }
}
