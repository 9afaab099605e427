internal import Bytes
internal import COpenSSL
internal import Synchronization

/// The SSL_CTX with what is common to both roles.
@safe
final class TLSContextCore {
    let raw: OpaquePointer
    let verification: TLSVerification?
    private var protocols: [UInt8] = []

    /// The peer's certificate of the last connection: most often the next one shows the same.
    private let lastPeer = Mutex<Certificate?>(nil)

    /// Bytes that OpenSSL reads from the socket at once: a server receives objects, fifteen records a call, a client
    /// only responses.
    private static let readBufferByteCount = (server: 256 * 1024, client: 32 * 1024)
    private static let sessionSeconds: CLong = 7200

    init(
        isServer: Bool, policy: TLSPolicy, verification: TLSVerification?, identity: Identity?
    ) throws(SecurityError) {
        OpenSSLErrors.clear()
        let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
        unsafe raw = try OpenSSLErrors.check("TLS context", SSL_CTX_new(method))
        self.verification = verification
        unsafe copenssl_set_common_options(raw)
        unsafe copenssl_set_read_ahead(
            raw, isServer ? Self.readBufferByteCount.server : Self.readBufferByteCount.client)
        unsafe SSL_CTX_set_timeout(raw, Self.sessionSeconds)
        unsafe SSL_CTX_set_security_level(raw, TLSPolicy.securityLevel)
        unsafe try OpenSSLErrors.check(
            "TLS versions", copenssl_set_versions(raw, policy.versions.min, policy.versions.max))
        let suites = policy.suites12.joined(separator: ":")
        unsafe try OpenSSLErrors.check("TLS 1.2 suites", SSL_CTX_set_cipher_list(raw, suites))
        let suites13 = policy.suites13.joined(separator: ":")
        unsafe try OpenSSLErrors.check("TLS 1.3 suites", SSL_CTX_set_ciphersuites(raw, suites13))
        unsafe try OpenSSLErrors.check("TLS groups", copenssl_set_groups(raw, TLSPolicy.groups))
        if let identity { try use(identity) }
        try setVerification(isServer: isServer)
    }

    deinit { unsafe SSL_CTX_free(raw) }

    /// What a peer has shown.
    func certificate(_ x509: OpaquePointer) throws(SecurityError) -> Certificate {
        let der = unsafe try Certificate.der(of: x509)
        if let known = lastPeer.withLock({ $0 }), known.der == der { return known }
        let certificate = unsafe try Certificate(x509, der: der)
        lastPeer.withLock { $0 = certificate }
        return certificate
    }

    /// Shows this certificate; one for each kind of key.
    func use(_ identity: Identity) throws(SecurityError) {
        unsafe try identity.leaf.withX509 { (leaf) throws(SecurityError) in
            unsafe try OpenSSLErrors.check("TLS certificate", SSL_CTX_use_certificate(raw, leaf))
        }
        for certificate in identity.certificates.dropFirst() {
            unsafe try certificate.withX509 { (x509) throws(SecurityError) in
                unsafe try OpenSSLErrors.check("TLS certificate chain", copenssl_add_chain_certificate(raw, x509))
            }
        }
        unsafe try OpenSSLErrors.check("TLS private key", SSL_CTX_use_PrivateKey(raw, identity.key.raw))
        unsafe try OpenSSLErrors.check("TLS private key", SSL_CTX_check_private_key(raw))
    }

    private func setVerification(isServer: Bool) throws(SecurityError) {
        guard let verification else {
            unsafe SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nil)
            return
        }
        if case .pin(let pins) = verification, pins.isEmpty || pins.contains(where: { $0.count != 32 }) {
            throw .invalid(field: "pin", reason: "must be one or more SHA-256 hashes of 32 bytes")
        }
        if case .authority(let roots, _) = verification {
            switch roots {
            case .system:
                unsafe try OpenSSLErrors.check("trusted authorities", SSL_CTX_set_default_verify_paths(raw))
            case .certificates(let list):
                let store = unsafe SSL_CTX_get_cert_store(raw)
                // An issuing authority may be trusted without its root.
                unsafe X509_STORE_set_flags(store, CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
                for certificate in list {
                    unsafe try certificate.withX509 { (x509) throws(SecurityError) in
                        unsafe try OpenSSLErrors.check("trusted authorities", X509_STORE_add_cert(store, x509))
                        if isServer { unsafe SSL_CTX_add_client_CA(raw, x509) }
                    }
                }
            }
        }
        let mode = isServer ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
        unsafe SSL_CTX_set_verify(raw, mode, nil)
        unsafe SSL_CTX_set_cert_verify_callback(
            raw,
            { store, _ in
                guard let store = unsafe store else { return 0 }
                guard let state = unsafe TLSConnectionState.of(copenssl_store_context_ssl(store)) else { return 0 }
                return unsafe state.verify(store) ? 1 : 0
            }, nil)
    }

    /// The names as ALPN sends them: each with its length in front (RFC 7301 3.1).
    func setProtocols(_ names: [String], isServer: Bool) throws(SecurityError) {
        guard !names.isEmpty else { return }
        for name in names {
            guard (1...255).contains(name.utf8.count) else {
                throw .invalid(field: "applicationProtocols", reason: "each must have 1 to 255 bytes")
            }
            protocols.append(UInt8(name.utf8.count))
            protocols += Array(name.utf8)
        }
        guard isServer else {
            guard unsafe SSL_CTX_set_alpn_protos(raw, protocols, CUnsignedInt(protocols.count)) == 0 else {
                throw OpenSSLErrors.failure("ALPN")
            }
            return
        }
        unsafe SSL_CTX_set_alpn_select_cb(
            raw,
            { ssl, out, outCount, offered, offeredCount, _ in
                guard let state = unsafe TLSConnectionState.of(ssl) else { return SSL_TLSEXT_ERR_NOACK }
                let list = unsafe Array(UnsafeBufferPointer(start: offered, count: Int(offeredCount)))
                guard let range = state.core.choose(from: list), let offered = unsafe offered else {
                    return SSL_TLSEXT_ERR_NOACK
                }
                unsafe out?.pointee = offered + range.lowerBound
                unsafe outCount?.pointee = UInt8(range.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }

    /// Where in the client's list our most preferred common protocol stands.
    private func choose(from offered: [UInt8]) -> Range<Int>? {
        let theirs = Self.split(offered)
        for ours in Self.split(protocols) {
            if let match = theirs.first(where: { offered[$0] == protocols[ours] }) { return match }
        }
        return nil
    }

    private static func split(_ list: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < list.count {
            let end = position + 1 + Int(list[position])
            guard end <= list.count else { break }
            ranges.append((position + 1)..<end)
            position = end
        }
        return ranges
    }
}
