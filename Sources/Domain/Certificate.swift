package import JSON

/// A certificate kept with a connection; its private key, if we hold one, stays in the store.
package struct Certificate: Sendable, Equatable {
    /// Whom it identifies.
    package enum Purpose: String, Sendable, CaseIterable {
        /// The site's TLS server.
        case server
        /// Us, towards the site's server.
        case client
    }

    /// Both `next` and `active` are accepted from the site's server.
    package enum State: String, Sendable, CaseIterable { case next, active, retired }

    package enum Source: String, Sendable, CaseIterable { case generate, csr, upload }

    package let id: UUID
    package let connectionId: UUID
    package let purpose: Purpose
    package var state: State
    package let source: Source
    package let facts: CertificateFacts
    package let hasPrivateKey: Bool
    package let createdAt: Timestamp
    package var keyDownloadedAt: Timestamp?

    package init(
        id: UUID, connectionId: UUID, issued: IssuedCertificate, state: State, createdAt: Timestamp
    ) {
        self.id = id
        self.connectionId = connectionId
        purpose = issued.purpose
        self.state = state
        source = issued.source
        facts = issued.facts
        hasPrivateKey = issued.hasPrivateKey
        self.createdAt = createdAt
    }

    package var json: JSON {
        [
            "id": JSON(id), "connectionId": JSON(connectionId), "purpose": .string(purpose.rawValue),
            "state": .string(state.rawValue), "source": .string(source.rawValue), "subject": .string(facts.subject),
            "fingerprint": .string(facts.fingerprint), "spkiSHA256": .string(facts.spkiSHA256),
            "notBefore": JSON(facts.notBefore), "notAfter": JSON(facts.notAfter), "hasPrivateKey": .bool(hasPrivateKey),
            "keyDownloadedAt": JSON(keyDownloadedAt), "createdAt": JSON(createdAt),
        ]
    }
}

/// What is read out of a certificate.
package struct CertificateFacts: Sendable, Equatable {
    package var pem: String
    package var subject: String
    /// SHA-256 of the DER form, lower-case hexadecimal.
    package var fingerprint: String
    /// SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal.
    package var spkiSHA256: String
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    package init(
        pem: String, subject: String, fingerprint: String, spkiSHA256: String, validity: ClosedRange<Timestamp>
    ) {
        self.pem = pem
        self.subject = subject
        self.fingerprint = fingerprint
        self.spkiSHA256 = spkiSHA256
        notBefore = validity.lowerBound
        notAfter = validity.upperBound
    }
}

/// How a certificate came to be.
package struct IssuedCertificate: Sendable, Equatable {
    package var purpose: Certificate.Purpose
    package var source: Certificate.Source
    package var facts: CertificateFacts
    package var hasPrivateKey: Bool

    package init(
        purpose: Certificate.Purpose, source: Certificate.Source, facts: CertificateFacts, hasPrivateKey: Bool
    ) {
        self.purpose = purpose
        self.source = source
        self.facts = facts
        self.hasPrivateKey = hasPrivateKey
    }
}

/// What a client asks for: the body of POST to certificates, or `certificate` of a new connection.
package enum CertificateRequest: ResourceSpec {
    case generate
    /// PKCS#10 in PEM: the site keeps its key.
    case csr(pem: String)
    /// Certificate (chain) in PEM, with the key when a kit shall carry it.
    case upload(certificatePEM: String, privateKeyPEM: String?)

    package init?(_ fields: inout Fields) {
        let source = fields.choice("source", .required, of: Certificate.Source.self)
        switch source {
        case nil: return nil
        case .generate: self = .generate
        case .csr:
            guard let pem = fields.text("csr", .required, 1...20_000) else { return nil }
            self = .csr(pem: pem)
        case .upload:
            let certificate = fields.text("certificate", .required, 1...100_000)
            let key = fields.text("privateKey", .optional, 1...20_000)
            guard let certificate else { return nil }
            self = .upload(certificatePEM: certificate, privateKeyPEM: key)
        }
    }

    package var source: Certificate.Source {
        switch self {
        case .generate: .generate
        case .csr: .csr
        case .upload: .upload
        }
    }

    package var json: JSONObject {
        switch self {
        case .generate: ["source": "generate"]
        case .csr(let pem): ["source": "csr", "csr": .string(pem)]
        case .upload(let certificate, let key):
            ["source": "upload", "certificate": .string(certificate), "privateKey": JSON(key)]
        }
    }
}
