package import Bytes
internal import COpenSSL
package import Reactor

/// TLS over a socket. `handshake` first; then bytes as on any stream. It belongs to one event loop.
///
/// Writing encrypts up to ten records into one buffer and hands them to the kernel together: one system call per record
/// costs as much as the encryption. Reading takes up to 256 KiB at once.
@safe
package final class TLSStream: ByteStream, @unchecked Sendable {
    // Unchecked: all of it is used on the socket's loop only.
    private let socket: SocketStream
    private let state: TLSConnectionState
    private let ssl: OpaquePointer
    private var isFlushing = false
    private var isOutputShut = false
    private var hasFailed = false
    /// What the handshake agreed on; nil before.
    package private(set) var info: TLSSessionInfo?
    /// Whether the peer ended without saying so in TLS (close_notify). Who depends on the end of the stream for the end
    /// of a message must take that as a truncation.
    package private(set) var endedWithoutCloseNotify = false

    /// Encrypted bytes that are collected before a system call.
    static let flushThreshold = 160 * 1024
    /// The most plain bytes in one record (RFC 8446 5.1).
    private static let recordByteCount = 16 * 1024

    /// A client on a connected socket. The stream owns the socket from now on, also if this throws.
    package convenience init(client context: TLSClientContext, over socket: SocketStream) throws(TLSError) {
        try self.init(context.core, client: context, over: socket)
        unsafe SSL_set_connect_state(ssl)
        if let name = context.settings.serverName, HostName.address(name) == nil {
            unsafe copenssl_set_server_name(ssl, name)
        }
        if let session = context.takeSession() { unsafe SSL_set_session(ssl, session.raw) }
    }

    /// A server on an accepted socket. The stream owns the socket from now on, also if this throws.
    package convenience init(server context: TLSServerContext, over socket: SocketStream) throws(TLSError) {
        try self.init(context.core, client: nil, over: socket)
        unsafe SSL_set_accept_state(ssl)
    }

    private init(_ core: TLSContextCore, client: TLSClientContext?, over socket: SocketStream) throws(TLSError) {
        self.socket = socket
        state = TLSConnectionState(core: core, client: client, descriptor: socket.descriptor)
        OpenSSLErrors.clear()
        do throws(SecurityError) {
            unsafe ssl = try OpenSSLErrors.check("TLS", SSL_new(core.raw))
        } catch {
            socket.close()
            throw .protocolFailure("\(error)")
        }
        do throws(SecurityError) {
            unsafe try state.attach(to: ssl)
        } catch {
            socket.close()
            throw .protocolFailure("\(error)")
        }
    }

    deinit {
        // A session whose connection was cut is still good for resumption unless the protocol itself failed.
        if !hasFailed { unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        unsafe SSL_free(ssl)
    }

    package var peerAddress: SocketAddress? { socket.peerAddress }

    package var acknowledgesAtOnce: Bool {
        get { socket.acknowledgesAtOnce }
        set { socket.acknowledgesAtOnce = newValue }
    }

    // MARK: Handshake

    /// Agrees on keys and judges the peer. After an error the stream is only good for `close`.
    @discardableResult
    package func handshake(deadline: Deadline) async throws(TLSError) -> TLSSessionInfo {
        while true {
            OpenSSLErrors.clear()
            let result = unsafe SSL_do_handshake(ssl)
            let cause = unsafe SSL_get_error(ssl, result)
            if result == 1 { break }
            if cause == SSL_ERROR_WANT_READ {
                try await flushHandshake(deadline)
                do throws(StreamError) { try await socket.waitReadable(deadline) } catch { throw Self.during(error) }
                continue
            }
            hasFailed = true
            let failure = handshakeFailure()
            // The peer should learn our reason; if it cannot be sent at once, it does not matter.
            _ = try? state.sendNow()
            throw failure
        }
        try await flushHandshake(deadline)
        let info = makeInfo()
        self.info = info
        return info
    }

    private func flushHandshake(_ deadline: Deadline) async throws(TLSError) {
        do throws(StreamError) {
            try await flush(deadline)
        } catch {
            // A peer that closed with an alert leaves the alert readable although we cannot write any more.
            if let refusal = pendingRefusal() { throw refusal }
            throw Self.during(error)
        }
    }

    private func pendingRefusal() -> TLSError? {
        OpenSSLErrors.clear()
        hasFailed = true
        let result = unsafe SSL_do_handshake(ssl)
        let cause = unsafe SSL_get_error(ssl, result)
        return result != 1 && cause == SSL_ERROR_SSL ? handshakeFailure() : nil
    }

    private static func during(_ error: StreamError) -> TLSError {
        switch error {
        case .timedOut: .timedOut
        case .endOfStream: .closedByPeer
        case .system(let system) where system.isConnectionReset: .closedByPeer
        default: .transport(error)
        }
    }

    private func handshakeFailure() -> TLSError {
        let entries = OpenSSLErrors.take()
        if let failure = state.verificationFailure { return failure }
        if let error = state.socketError { return error.isConnectionReset ? .closedByPeer : .transport(.system(error)) }
        if let alert = Self.alert(in: entries) {
            if alert == TLSAlert.protocolVersion {
                return .versionRefused(detail: "the peer refuses the versions offered")
            }
            return .alertReceived(name: TLSAlert.name(alert), code: alert)
        }
        if looksPlain { return .peerNotTLS(firstBytes: state.firstBytes) }
        if state.isAtEnd { return .closedByPeer }
        switch entries.last?.reason {
        case Int(SSL_R_UNSUPPORTED_PROTOCOL), Int(SSL_R_VERSION_TOO_LOW), Int(SSL_R_VERSION_TOO_HIGH):
            return .versionRefused(detail: "the peer's version is not allowed here")
        case Int(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE): return .noCertificate
        default: return .protocolFailure(entries.map(\.text).joined(separator: ", "))
        }
    }

    /// A TLS record starts with its type, 20 to 23, and major version 3.
    private var looksPlain: Bool {
        let bytes = state.firstBytes
        guard let first = bytes.first else { return false }
        return !(20...23).contains(first) || bytes.count > 1 && bytes[1] != 3
    }

    private static func alert(in entries: [OpenSSLErrors.Entry]) -> Int? {
        let offset = Int(SSL_AD_REASON_OFFSET)
        return entries.first { $0.library == Int(ERR_LIB_SSL) && ($0.reason >= offset && $0.reason < offset + 256) }
            .map { $0.reason - offset }
    }

    private func makeInfo() -> TLSSessionInfo {
        let version = unsafe SSL_get_version(ssl).map { unsafe String(cString: $0) } ?? ""
        let cipher = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { unsafe String(cString: $0) } ?? ""
        var certificate: Certificate?
        if let x509 = unsafe SSL_get1_peer_certificate(ssl) {
            certificate = unsafe try? state.core.certificate(x509)
            unsafe X509_free(x509)
        }
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        let chosen = unsafe UnsafeBufferPointer(start: name, count: Int(count))
        return TLSSessionInfo(
            version: version, cipher: cipher, peerCertificate: certificate,
            isResumed: unsafe SSL_session_reused(ssl) == 1,
            applicationProtocol: count == 0 ? nil : unsafe String(decoding: chosen, as: UTF8.self))
    }

    // MARK: Bytes

    package func read(into buffer: IOBuffer, deadline: Deadline) async throws(StreamError) -> Int {
        while true {
            if let count = try decrypt(into: buffer) { return count }
            // A key update may have put an answer into the output; the writer, if one is busy, takes it along.
            if state.output.readableCount > 0, !isFlushing { _ = try state.sendNow() }
            try await socket.waitReadable(deadline)
        }
    }

    /// Decrypts what one `recv` brought, as far as there is room; 0 at the end, nil if there is nothing yet.
    private func decrypt(into buffer: IOBuffer) throws(StreamError) -> Int? {
        precondition(buffer.writableCount > 0, "a read needs room")
        if hasFailed { throw .tls("the connection failed before") }
        state.mayReceive = true
        var total = 0
        while buffer.writableCount > 0 {
            OpenSSLErrors.clear()
            var cause = SSL_ERROR_NONE
            let count = unsafe buffer.withWritable { free in
                let count = unsafe SSL_read(ssl, free.baseAddress, CInt(clamping: free.count))
                if count <= 0 { unsafe cause = SSL_get_error(ssl, count) }
                return max(0, Int(count))
            }
            total += count
            state.mayReceive = false
            if count > 0 { continue }
            if total > 0 { return total }
            switch cause {
            case SSL_ERROR_WANT_READ: return nil
            case SSL_ERROR_ZERO_RETURN: return 0
            default: return try endOrFailure()
            }
        }
        return total
    }

    private func endOrFailure() throws(StreamError) -> Int {
        let entries = OpenSSLErrors.take()
        if let error = state.socketError { throw .system(error) }
        if state.isAtEnd {
            endedWithoutCloseNotify = true
            let isBetweenRecords = unsafe SSL_has_pending(ssl) == 0 && copenssl_is_reading_header(ssl) == 1
            if isBetweenRecords { return 0 }
            throw .endOfStream
        }
        hasFailed = true
        _ = try? state.sendNow()
        if let alert = Self.alert(in: entries) { throw Self.error(alert: alert) }
        throw .tls(entries.map(\.text).joined(separator: ", "))
    }

    package func write(_ buffer: IOBuffer, deadline: Deadline) async throws(StreamError) {
        if isOutputShut { throw .closed }
        do throws(StreamError) {
            try await encryptAndSend(buffer, deadline)
        } catch {
            throw reasonForBrokenWrite() ?? error
        }
    }

    private func encryptAndSend(_ buffer: IOBuffer, _ deadline: Deadline) async throws(StreamError) {
        while buffer.readableCount > 0 {
            if hasFailed { throw .tls("the connection failed before") }
            let room = Self.flushThreshold - state.output.readableCount
            if room < Self.recordByteCount {
                try await flush(deadline)
                continue
            }
            try encrypt(buffer, plainBytesMax: room / Self.recordByteCount * Self.recordByteCount)
        }
        try await flush(deadline)
    }

    /// The alert that a peer sent before it closed: with TLS 1.3 a server refuses a client's certificate while the
    /// client is already writing.
    private func reasonForBrokenWrite() -> StreamError? {
        if hasFailed { return nil }
        OpenSSLErrors.clear()
        state.mayReceive = true
        var byte: UInt8 = 0
        let result = unsafe SSL_peek(ssl, &byte, 1)
        guard result <= 0, let alert = Self.alert(in: OpenSSLErrors.take()) else { return nil }
        hasFailed = true
        return Self.error(alert: alert)
    }

    private static func error(alert: Int) -> StreamError {
        .tls("the peer sent alert \(TLSAlert.name(alert)) (\(alert))")
    }

    private func encrypt(_ buffer: IOBuffer, plainBytesMax: Int) throws(StreamError) {
        OpenSSLErrors.clear()
        let span = buffer.readable
        let count = unsafe span.withUnsafeBytes {
            unsafe SSL_write(ssl, $0.baseAddress, CInt(clamping: min($0.count, plainBytesMax)))
        }
        guard count > 0 else {
            // The transport takes everything and renegotiation is off: only a broken connection refuses.
            hasFailed = true
            throw .tls(OpenSSLErrors.take().map(\.text).joined(separator: ", "))
        }
        buffer.consume(Int(count))
    }

    private func flush(_ deadline: Deadline) async throws(StreamError) {
        isFlushing = true
        defer { isFlushing = false }
        while !(try state.sendNow()) { try await socket.waitWritable(deadline) }
    }

    package func shutDownOutput(deadline: Deadline) async {
        guard !isOutputShut else { return }
        isOutputShut = true
        if info != nil, !hasFailed {
            OpenSSLErrors.clear()
            _ = unsafe SSL_shutdown(ssl)
            _ = try? await flush(deadline)
        }
        await socket.shutDownOutput(deadline: deadline)
    }

    package func close() { socket.close() }
}
