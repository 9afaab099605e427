internal import Bytes
internal import COpenSSL
internal import Glibc
internal import Reactor

/// What OpenSSL's callbacks need to know about one connection: where its bytes come from and go to, and how its peer is
/// judged. Owned by a `TLSStream`; OpenSSL holds it unretained, for a shorter time.
final class TLSConnectionState {
    let core: TLSContextCore
    let client: TLSClientContext?
    /// Set while the certificate is judged; the handshake then fails with it.
    private(set) var verificationFailure: TLSError?

    // MARK: Bytes

    private let descriptor: CInt
    /// Encrypted records that wait for `send`. Small until much is written at once.
    let output = IOBuffer(capacity: 8 * 1024)
    /// Off while only what was received already may be decrypted.
    var mayReceive = true
    private(set) var isAtEnd = false
    private(set) var socketError: SystemError?
    /// The first bytes ever received, for the diagnosis of peers that do not speak TLS.
    private(set) var firstBytes: [UInt8] = []
    private static let firstBytesMax = 16

    init(core: TLSContextCore, client: TLSClientContext?, descriptor: CInt) {
        self.core = core
        self.client = client
        self.descriptor = descriptor
    }

    /// The state that was attached to a connection.
    static func of(_ ssl: OpaquePointer?) -> TLSConnectionState? {
        guard let ssl = unsafe ssl, let raw = unsafe SSL_get_ex_data(ssl, 0) else { return nil }
        return unsafe Unmanaged<TLSConnectionState>.fromOpaque(raw).takeUnretainedValue()
    }

    private static func of(bio: OpaquePointer?) -> TLSConnectionState? {
        guard let raw = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSConnectionState>.fromOpaque(raw).takeUnretainedValue()
    }

    /// The transport below OpenSSL. Reads go to the socket, a quarter of a megabyte at once, straight into OpenSSL's
    /// buffer; writes only append to `output`, so that several records leave with one system call, and never block.
    private static let method: TLSTransportMethod = unsafe TLSTransportMethod { raw in
        unsafe BIO_meth_set_create(raw) { bio in
            unsafe BIO_set_init(bio, 1)
            return 1
        }
        unsafe BIO_meth_set_ctrl(raw) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: return 1
            case BIO_CTRL_EOF: return unsafe TLSConnectionState.of(bio: bio)?.isAtEnd == true ? 1 : 0
            default: return 0
            }
        }
        unsafe BIO_meth_set_read(raw) { bio, bytes, count in
            guard let bio = unsafe bio, let state = unsafe TLSConnectionState.of(bio: bio) else { return -1 }
            return unsafe state.receive(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)), bio)
        }
        unsafe BIO_meth_set_write(raw) { bio, bytes, count in
            guard let bio = unsafe bio, let state = unsafe TLSConnectionState.of(bio: bio) else { return -1 }
            unsafe copenssl_bio_clear_retry(bio)
            let records = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(count))
            unsafe state.output.append(records.bytes)
            return count
        }
    }

    /// Makes this the transport of `ssl`.
    func attach(to ssl: OpaquePointer) throws(SecurityError) {
        let opaque = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe try OpenSSLErrors.check("TLS", SSL_set_ex_data(ssl, 0, opaque))
        let bio = unsafe try OpenSSLErrors.check("TLS", BIO_new(Self.method.raw))
        unsafe BIO_set_data(bio, opaque)
        unsafe SSL_set_bio(ssl, bio, bio)
    }

    private func receive(_ space: UnsafeMutableRawBufferPointer, _ bio: OpaquePointer) -> CInt {
        unsafe copenssl_bio_clear_retry(bio)
        guard mayReceive else {
            unsafe copenssl_bio_retry_read(bio)
            return -1
        }
        while true {
            let count = unsafe recv(descriptor, space.baseAddress, space.count, 0)
            if count > 0 {
                if firstBytes.isEmpty { unsafe firstBytes = Array(space.prefix(min(count, Self.firstBytesMax))) }
                return CInt(count)
            }
            if count == 0 {
                isAtEnd = true
                return 0
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                unsafe copenssl_bio_retry_read(bio)
                return -1
            default:
                socketError = SystemError("recv", errno)
                return -1
            }
        }
    }

    /// Sends what the socket takes without waiting; whether all is gone.
    func sendNow() throws(StreamError) -> Bool {
        while output.readableCount > 0 {
            let count = Self.send(output, to: descriptor)
            if count >= 0 {
                output.consume(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: return false
            default: throw .system(SystemError("send", errno))
            }
        }
        return true
    }

    private static func send(_ output: IOBuffer, to descriptor: CInt) -> Int {
        let span = output.readable
        return unsafe span.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
    }

    // MARK: Judging the peer

    /// Called by OpenSSL once the peer's certificates are there; a refusal becomes an alert to the peer.
    func verify(_ store: OpaquePointer) -> Bool {
        guard let leaf = unsafe X509_STORE_CTX_get0_cert(store), let certificate = unsafe try? core.certificate(leaf)
        else {
            verificationFailure = .noCertificate
            return false
        }
        switch core.verification {
        case .pin(let pins):
            if pins.contains(where: { ConstantTime.areEqual($0, certificate.publicKeySHA256) }) { break }
            verificationFailure = .pinMismatch(
                expected: pins, actual: certificate.publicKeySHA256, certificate: certificate)
            unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED)
            return false
        case .authority(_, let name):
            if let failure = unsafe verifyChain(store, certificate, name) {
                verificationFailure = failure
                return false
            }
        case .some(.none), nil: break
        }
        unsafe X509_STORE_CTX_set_error(store, X509_V_OK)
        return true
    }

    private func verifyChain(_ store: OpaquePointer, _ certificate: Certificate, _ name: String?) -> TLSError? {
        let parameters = unsafe X509_STORE_CTX_get0_param(store)
        if let name {
            unsafe X509_VERIFY_PARAM_set_hostflags(parameters, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            let isSet =
                if HostName.address(name) != nil {
                    unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name)
                } else {
                    unsafe X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
                }
            if isSet != 1 { return .nameMismatch(expected: name, certificate: certificate) }
        }
        if unsafe X509_verify_cert(store) == 1 { return nil }
        let code = unsafe X509_STORE_CTX_get_error(store)
        OpenSSLErrors.clear()
        // The certificate at fault may be an issuer: only the leaf's own dates are told as such.
        let isLeaf = unsafe X509_STORE_CTX_get_error_depth(store) == 0
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED where isLeaf:
            return .expired(notAfter: certificate.notAfter, certificate: certificate)
        case X509_V_ERR_CERT_NOT_YET_VALID where isLeaf:
            return .notYetValid(notBefore: certificate.notBefore, certificate: certificate)
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return .nameMismatch(expected: name ?? "", certificate: certificate)
        default:
            let words = unsafe X509_verify_cert_error_string(CLong(code)).map { unsafe String(cString: $0) }
            return .untrusted(reason: words ?? "error \(code)", certificate: certificate)
        }
    }
}

/// The table of functions behind a BIO, made once for the life of the process.
@safe
final class TLSTransportMethod: @unchecked Sendable {
    // Unchecked: the table is not changed after `init`.
    let raw: OpaquePointer

    init(_ fill: (OpaquePointer) -> Void) {
        guard let raw = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "causeway socket") else {
            preconditionFailure("OpenSSL is out of memory")
        }
        unsafe self.raw = raw
        unsafe fill(raw)
    }
}
