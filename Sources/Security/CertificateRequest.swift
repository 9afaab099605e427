internal import Bytes
internal import COpenSSL

/// A PKCS#10 request: a public key, signed by its private half to prove possession.
package struct CertificateRequest: Sendable, Hashable {
    package let der: [UInt8]
    package let subject: String
    package let keyAlgorithm: String
    package let keyBits: Int
    package let publicKeySHA256: [UInt8]

    /// Reads and checks a request: its signature, and that its key is strong enough.
    package init(pem: String) throws(SecurityError) {
        let bytes = Array(pem.utf8)
        let raw = unsafe try MemoryBIO.reading(bytes) { (bio) throws(SecurityError) in
            guard let raw = unsafe PEM_read_bio_X509_REQ(bio, nil, nil, nil) else {
                OpenSSLErrors.clear()
                throw .malformed("PEM certificate request")
            }
            return unsafe raw
        }
        defer { unsafe X509_REQ_free(raw) }
        unsafe try self.init(raw)
    }

    /// A request for a key of ours, to be signed by a certificate authority of the site.
    package static func make(_ contents: CertificateContents, key: KeyPair) throws(SecurityError) -> CertificateRequest
    {
        try CertificateIssuer.validateName(contents)
        OpenSSLErrors.clear()
        let raw = unsafe try OpenSSLErrors.check("request", X509_REQ_new())
        defer { unsafe X509_REQ_free(raw) }
        unsafe try OpenSSLErrors.check("request", X509_REQ_set_version(raw, 0))
        unsafe try CertificateIssuer.setName(X509_REQ_get_subject_name(raw), contents)
        unsafe try OpenSSLErrors.check("request", X509_REQ_set_pubkey(raw, key.raw))
        let list = unsafe try OpenSSLErrors.check("request", copenssl_extensions_new())
        defer { unsafe copenssl_extensions_free(list) }
        for (nid, value) in CertificateIssuer.extensions(of: contents, key: key.algorithm)
        where nid != NID_subject_key_identifier {
            let made = unsafe try OpenSSLErrors.check("extension", X509V3_EXT_nconf_nid(nil, nil, nid, value))
            unsafe try OpenSSLErrors.check("extension", copenssl_extensions_push(list, made))
        }
        unsafe try OpenSSLErrors.check("request", X509_REQ_add_extensions(raw, list))
        unsafe try OpenSSLErrors.check("sign request", X509_REQ_sign(raw, key.raw, EVP_sha256()))
        return unsafe try CertificateRequest(raw)
    }

    private init(_ raw: OpaquePointer) throws(SecurityError) {
        guard let key = unsafe X509_REQ_get0_pubkey(raw) else { throw OpenSSLErrors.failure("read request") }
        if unsafe X509_REQ_verify(raw, key) != 1 {
            OpenSSLErrors.clear()
            throw .invalid(field: "csr", reason: "its signature does not fit its key")
        }
        keyAlgorithm = unsafe KeyName.algorithm(of: key)
        keyBits = unsafe Int(EVP_PKEY_get_bits(key))
        if let reason = KeyStrength.weakness(algorithm: keyAlgorithm, bits: keyBits) {
            throw .invalid(field: "csr", reason: reason)
        }
        der = unsafe try MemoryBIO.der("write request") { unsafe i2d_X509_REQ(raw, $0) }
        publicKeySHA256 = unsafe Digest.of(try MemoryBIO.der("write public key") { unsafe i2d_PUBKEY(key, $0) })
        let name = unsafe try MemoryBIO.collect("read name") { bio in
            max(1, unsafe copenssl_print_name(bio, X509_REQ_get_subject_name(raw)) + 1)
        }
        subject = String(decoding: name, as: UTF8.self)
    }

    package var pem: String {
        get throws(SecurityError) {
            let raw = unsafe try parsed()
            defer { unsafe X509_REQ_free(raw) }
            let bytes = unsafe try MemoryBIO.collect("write request") { bio in unsafe PEM_write_bio_X509_REQ(bio, raw) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// OpenSSL's form; the caller frees it.
    func parsed() throws(SecurityError) -> OpaquePointer {
        OpenSSLErrors.clear()
        let raw = unsafe der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return unsafe d2i_X509_REQ(nil, &position, buffer.count)
        }
        return unsafe try OpenSSLErrors.check("read request", raw)
    }
}

/// The least that PS3.15 B.12 and OpenSSL's security level 2 accept.
enum KeyStrength {
    /// Why the key is too weak; nil when it is not.
    static func weakness(algorithm: String, bits: Int) -> String? {
        switch algorithm {
        case "RSA", "RSA-PSS": bits < 2048 ? "RSA keys need 2048 bits or more, this one has \(bits)" : nil
        case "EC": bits < 256 ? "elliptic-curve keys need 256 bits or more, this one has \(bits)" : nil
        case "ED25519", "ED448": nil
        default: "keys of type \(algorithm) are not usable for TLS here; use RSA or P-256"
        }
    }
}
