internal import COpenSSL

/// Which versions and cipher suites a connection may use. AES-128-GCM comes first everywhere: it costs the least and is
/// no weaker in practice.
package enum TLSPolicy: String, Sendable, CaseIterable {
    /// PS3.15 B.12, BCP 195 (RFC 8996, RFC 9325): TLS 1.2 and 1.3 with forward secrecy and authenticated encryption.
    case bcp195
    /// The suites of `bcp195`, TLS 1.2 only; for terminators whose TLS 1.3 is broken or forbidden.
    case tls12
    /// PS3.15 B.13, Modified BCP 195: the longer fixed list with the CCM suites.
    case bcp195Modified = "bcp195-modified"

    var versions: (min: CInt, max: CInt) {
        switch self {
        case .bcp195, .bcp195Modified: (TLS1_2_VERSION, TLS1_3_VERSION)
        case .tls12: (TLS1_2_VERSION, TLS1_2_VERSION)
        }
    }

    /// OpenSSL names of TLS 1.2 suites in order of preference.
    package var suites12: [String] {
        let common = [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        ]
        switch self {
        case .bcp195, .tls12: return common
        case .bcp195Modified:
            return common + [
                "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES128-CCM8",
                "ECDHE-ECDSA-AES256-CCM8",
            ]
        }
    }

    /// Names of TLS 1.3 suites in order of preference.
    package var suites13: [String] {
        let common = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
        switch self {
        case .bcp195, .tls12: return common
        case .bcp195Modified: return common + ["TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]
        }
    }

    static let groups = "X25519:P-256:P-384"
    /// RSA of 2048 bits, curves of 224 bits, no SHA-1 signatures.
    static let securityLevel: CInt = 2
}

/// How the other side's certificate is judged.
package enum TLSVerification: Sendable {
    /// One of these SHA-256 hashes of a SubjectPublicKeyInfo, 32 bytes each. Names, dates and issuers do not matter:
    /// an expired pinned certificate is reported, and the connection lives (PS3.15 leaves it to policy; a night without
    /// deliveries is worse).
    case pin([[UInt8]])
    /// A chain to an authority of `roots`, dates, and `name` (DNS name or address) if not nil.
    case authority(TrustRoots, name: String?)
    /// Any certificate: encryption only.
    case none

    /// Certificates that are trusted to issue others.
    package enum TrustRoots: Sendable {
        case system
        case certificates([Certificate])
    }
}
