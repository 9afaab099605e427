internal import Bytes
internal import DICOMNetwork
internal import JSON
internal import Reactor
internal import Security

/// What a TLS handshake came to, in words.
enum TLSWords {
    static func describe(_ info: TLSSessionInfo, _ verification: TLSVerification) -> String {
        var parts = ["\(info.version), \(info.cipher)"]
        if let certificate = info.peerCertificate {
            parts.append("certificate of \(certificate.subject), SHA-256 \(Hex.encode(certificate.fingerprintSHA256))")
            let end = day(certificate.notAfter)
            parts.append(certificate.isExpired(at: now) ? "expired on \(end)" : "valid until \(end)")
        }
        switch verification {
        case .pin: parts.append("its key is a pinned one")
        case .authority: parts.append("issued by a trusted authority")
        case .none: parts.append("not verified")
        }
        if info.isResumed { parts.append("session resumed") }
        return parts.joined(separator: "; ")
    }

    /// Such as "2027-01-31".
    static func day(_ unixSeconds: Int64) -> String {
        String(Timestamp(microseconds: unixSeconds &* 1_000_000).rfc3339.prefix(10))
    }

    static var now: Int64 { WallClock.microseconds / 1_000_000 }
}

/// What a peer says about itself, in words.
enum PeerWords {
    static func describe(_ negotiated: NegotiatedAssociation) -> String {
        let peer = negotiated.peer
        var parts: [String] = []
        let name = [peer.implementationVersionName, peer.implementationClassUID].compactMap(\.self)
        parts.append(name.isEmpty ? "the peer does not name itself" : "peer is \(name.joined(separator: ", "))")
        switch peer.maximumLength {
        case nil, 0: parts.append("PDUs of any length")
        case let length?: parts.append("PDUs of up to \(length) bytes")
        }
        if !negotiated.refused.isEmpty {
            let all = negotiated.accepted.count + negotiated.refused.count
            parts.append("\(negotiated.accepted.count) of \(all) contexts accepted")
        }
        return parts.joined(separator: "; ")
    }
}
