internal import Bytes
package import Reactor

/// Why a TLS handshake failed; each case carries what a person needs to act.
package enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The peer answered something that is not TLS; its first bytes.
    case peerNotTLS(firstBytes: [UInt8])
    /// The peer refused with an alert: its name in RFC 8446 6, such as "handshake_failure".
    case alertReceived(name: String, code: Int)
    /// No version in common; `detail` tells who refused.
    case versionRefused(detail: String)
    /// The public key is none of the pinned ones. SHA-256 of SubjectPublicKeyInfo.
    case pinMismatch(expected: [[UInt8]], actual: [UInt8], certificate: Certificate)
    /// Unix seconds.
    case expired(notAfter: Int64, certificate: Certificate)
    case notYetValid(notBefore: Int64, certificate: Certificate)
    /// The certificate is for other names.
    case nameMismatch(expected: String, certificate: Certificate)
    /// No chain to a trusted authority.
    case untrusted(reason: String, certificate: Certificate)
    /// The other side showed no certificate although one is required.
    case noCertificate
    case timedOut
    /// The peer closed the connection in the middle of the handshake.
    case closedByPeer
    /// The socket failed.
    case transport(StreamError)
    /// Anything else, in OpenSSL's words.
    case protocolFailure(String)

    package var description: String {
        switch self {
        case .peerNotTLS(let bytes): "the peer does not speak TLS on this port; \(Self.guess(bytes))"
        case .alertReceived(let name, let code): "the peer refused with TLS alert \(name) (\(code))"
        case .versionRefused(let detail): "no TLS version in common: \(detail)"
        case .pinMismatch(let expected, let actual, _):
            "the peer's public key \(Hex.encode(actual)) is not pinned (\(Self.pins(expected)))"
        case .expired(let notAfter, _): "the peer's certificate expired at Unix time \(notAfter)"
        case .notYetValid(let notBefore, _): "the peer's certificate is not valid before Unix time \(notBefore)"
        case .nameMismatch(let expected, let certificate):
            "the peer's certificate is for \(Self.names(certificate)), not \(expected)"
        case .untrusted(let reason, let certificate):
            "the peer's certificate (\(certificate.subject)) is not trusted: \(reason)"
        case .noCertificate: "the peer showed no certificate"
        case .timedOut: "no answer in time (TLS handshake)"
        case .closedByPeer: "the peer closed the connection during the TLS handshake"
        case .transport(let error): error.description
        case .protocolFailure(let reason): "TLS handshake: \(reason)"
        }
    }

    private static func pins(_ pins: [[UInt8]]) -> String { pins.map { Hex.encode($0) }.joined(separator: ", ") }

    private static func names(_ certificate: Certificate) -> String {
        let names = certificate.dnsNames + certificate.addresses
        return names.isEmpty ? certificate.subject : names.joined(separator: ", ")
    }

    /// What a plain-text peer most likely is, by its first bytes.
    private static func guess(_ bytes: [UInt8]) -> String {
        let hex = Hex.encode(bytes)
        if bytes.starts(with: Array("HTTP/".utf8)) { return "it answered in plain HTTP" }
        if bytes.starts(with: Array("SSH-".utf8)) { return "it is an SSH server" }
        if bytes.starts(with: Array("220".utf8)) { return "it is a mail or FTP server" }
        if let first = bytes.first, (1...7).contains(first), bytes.count > 1, bytes[1] == 0 {
            return "it speaks plain DICOM (first bytes \(hex))"
        }
        return "its first bytes are \(hex)"
    }
}

/// What a handshake agreed on.
package struct TLSSessionInfo: Sendable {
    /// "TLSv1.2" or "TLSv1.3".
    package let version: String
    /// OpenSSL's name of the cipher suite.
    package let cipher: String
    package let peerCertificate: Certificate?
    /// Whether an earlier session was taken up, which saves the public-key operations.
    package let isResumed: Bool
    /// Chosen by ALPN.
    package let applicationProtocol: String?
}

/// Names of TLS alerts, RFC 8446 6.
enum TLSAlert {
    static let protocolVersion = 70

    static func name(_ code: Int) -> String {
        switch code {
        case 0: "close_notify"
        case 10: "unexpected_message"
        case 20: "bad_record_mac"
        case 22: "record_overflow"
        case 40: "handshake_failure"
        case 42: "bad_certificate"
        case 43: "unsupported_certificate"
        case 44: "certificate_revoked"
        case 45: "certificate_expired"
        case 46: "certificate_unknown"
        case 47: "illegal_parameter"
        case 48: "unknown_ca"
        case 49: "access_denied"
        case 50: "decode_error"
        case 51: "decrypt_error"
        case 70: "protocol_version"
        case 71: "insufficient_security"
        case 80: "internal_error"
        case 86: "inappropriate_fallback"
        case 90: "user_canceled"
        case 109: "missing_extension"
        case 110: "unsupported_extension"
        case 112: "unrecognized_name"
        case 113: "bad_certificate_status_response"
        case 115: "unknown_psk_identity"
        case 116: "certificate_required"
        case 120: "no_application_protocol"
        default: "alert \(code)"
        }
    }
}
