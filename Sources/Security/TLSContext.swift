internal import COpenSSL
internal import Synchronization

/// How to act as a TLS client toward one destination.
package struct TLSClientSettings: Sendable {
    package var policy = TLSPolicy.bcp195
    package var verification: TLSVerification
    /// Sent as SNI unless it is an address. It is not what the certificate is checked against.
    package var serverName: String?
    /// Shown when the server asks for a certificate.
    package var identity: Identity?
    /// ALPN, in order of preference.
    package var applicationProtocols: [String] = []
    /// Off: each connection makes a full handshake.
    package var resumesSessions = true

    package init(verification: TLSVerification) { self.verification = verification }
}

/// How to act as a TLS server.
package struct TLSServerSettings: Sendable {
    package var policy = TLSPolicy.bcp195
    package var identity: Identity
    /// A second certificate with a key of the other kind: serving every suite of PS3.15 B.13 takes RSA and P-256.
    package var alternativeIdentity: Identity?
    /// Nil: clients are not asked for certificates.
    package var clientVerification: TLSVerification?
    package var applicationProtocols: [String] = []

    package init(identity: Identity) { self.identity = identity }
}

/// Everything that the connections to one destination share, with the sessions to resume. Make one per destination and
/// keep it; make a new one when a setting changes.
package final class TLSClientContext: @unchecked Sendable {
    // Unchecked: an SSL_CTX is safe to share once it is set up; the sessions are behind a lock.
    let core: TLSContextCore
    let settings: TLSClientSettings
    private let sessions = Mutex(SessionShelf())

    package init(_ settings: TLSClientSettings) throws(SecurityError) {
        self.settings = settings
        core = try TLSContextCore(
            isServer: false, policy: settings.policy, verification: settings.verification, identity: settings.identity)
        try core.setProtocols(settings.applicationProtocols, isServer: false)
        let mode = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
        unsafe copenssl_set_session_cache_mode(core.raw, CLong(mode))
        unsafe SSL_CTX_sess_set_new_cb(core.raw) { ssl, session in
            guard let session = unsafe session, let state = unsafe TLSConnectionState.of(ssl) else { return 0 }
            guard let client = state.client else { return 0 }
            unsafe client.keep(session)
            return 1
        }
    }

    /// Sessions that could be resumed now.
    package var resumableCount: Int { sessions.withLock { $0.count } }

    private func keep(_ session: OpaquePointer) {
        guard settings.resumesSessions else { return unsafe SSL_SESSION_free(session) }
        let owned = unsafe TLSSession(taking: unsafe session)
        sessions.withLock { $0.put(owned) }
    }

    func takeSession() -> TLSSession? { sessions.withLock { $0.take() } }
}

/// What server connections of one listener share.
package final class TLSServerContext: @unchecked Sendable {
    // Unchecked: an SSL_CTX is safe to share once it is set up.
    let core: TLSContextCore
    let settings: TLSServerSettings

    package init(_ settings: TLSServerSettings) throws(SecurityError) {
        self.settings = settings
        core = try TLSContextCore(
            isServer: true, policy: settings.policy, verification: settings.clientVerification,
            identity: settings.identity)
        if let alternative = settings.alternativeIdentity {
            guard alternative.key.algorithm != settings.identity.key.algorithm else {
                throw .invalid(field: "alternativeIdentity", reason: "must have a key of another kind than the first")
            }
            try core.use(alternative)
        }
        try core.setProtocols(settings.applicationProtocols, isServer: true)
        // Tickets are bound to the certificate, so that a session never outlives a change of it.
        let id = settings.identity.leaf.fingerprintSHA256
        unsafe try OpenSSLErrors.check(
            "TLS server", SSL_CTX_set_session_id_context(core.raw, id, CUnsignedInt(id.count)))
        unsafe copenssl_set_session_cache_mode(core.raw, CLong(SSL_SESS_CACHE_SERVER))
    }
}

/// A session that was agreed with a server.
@safe
final class TLSSession: @unchecked Sendable {
    // Unchecked: an SSL_SESSION is not changed after it is handed over, and its reference count is atomic.
    let raw: OpaquePointer

    init(taking raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe SSL_SESSION_free(raw) }

    /// TLS 1.3 tickets are used once, so that an observer cannot link connections (RFC 8446 C.4).
    var isSingleUse: Bool { unsafe SSL_SESSION_get_protocol_version(raw) >= TLS1_3_VERSION }

    var isUsable: Bool { unsafe SSL_SESSION_is_resumable(raw) == 1 }
}

/// The newest sessions with one destination.
struct SessionShelf {
    private var sessions: [TLSSession] = []
    /// Associations opened at once rarely exceed this; each ticket is some hundred bytes.
    private static let sessionsMax = 16

    var count: Int { sessions.count }

    mutating func put(_ session: TLSSession) {
        if !session.isSingleUse { sessions.removeAll() }
        sessions.append(session)
        if sessions.count > Self.sessionsMax { sessions.removeFirst() }
    }

    mutating func take() -> TLSSession? {
        while let last = sessions.popLast() {
            guard last.isUsable else { continue }
            if !last.isSingleUse { sessions.append(last) }
            return last
        }
        return nil
    }
}
