internal import Bytes
internal import Domain
internal import HTTP1
internal import JSON
internal import Reactor
internal import Security
internal import Store

/// Makes, signs or takes certificates for connections and seals their keys.
struct CertificateFactory {
    /// Whose certificate it is.
    struct Subject: Sendable {
        let connectionId: UUID
        let host: String
        let organizationId: UUID
    }

    /// What a certificate is to be in its connection.
    private struct Place {
        var purpose = Domain.Certificate.Purpose.server
        let source: Domain.Certificate.Source
        let state: Domain.Certificate.State
    }

    /// Two years: what IHE ATNA recommends at most.
    private static let validityDays = 730
    static let keyPurpose = "tls-private-key"

    private let call: Call
    private let now: Timestamp

    init(_ call: Call) {
        self.call = call
        now = call.services.now
    }

    /// The certificates a new connection starts with.
    func first(
        _ request: Domain.CertificateRequest?, _ tls: TLSSettings, _ subject: Subject
    ) async throws(Problem) -> [NewCertificate] {
        var certificates: [NewCertificate] = []
        if let request { certificates.append(try await make(request, subject, state: .active, field: "/certificate")) }
        if tls.mode == .active, tls.clientCertificate == .generate {
            certificates.append(try await makeClientCertificate(subject))
        }
        return certificates
    }

    /// The certificates that a changed connection lacks.
    func missing(_ connection: Connection) async throws(Problem) -> [NewCertificate] {
        let subject = Subject(
            connectionId: connection.id, host: connection.spec.host, organizationId: connection.organizationId)
        let tls = connection.spec.tls
        guard tls.mode == .active else { return [] }
        let purposes = Set(connection.certificates.filter { $0.state == .active }.map(\.purpose))
        var certificates: [NewCertificate] = []
        if !purposes.contains(.server), tls.verification == .pin {
            certificates.append(try await make(.generate, subject, state: .active, field: ""))
        }
        if !purposes.contains(.client), tls.clientCertificate == .generate {
            certificates.append(try await makeClientCertificate(subject))
        }
        return certificates
    }

    /// - Parameter field: where the request stands in the body, for errors.
    func make(
        _ request: Domain.CertificateRequest, _ subject: Subject, state: Domain.Certificate.State, field: String
    ) async throws(Problem) -> NewCertificate {
        switch request {
        case .generate:
            let identity = try await generate(subject, .server)
            return try seal(identity, subject, Place(source: .generate, state: state))
        case .csr(let pem):
            let leaf = try await sign(pem, subject, field)
            return issued([leaf], Place(source: .csr, state: state), key: nil, id: UUID.v7(at: now))
        case .upload(let certificate, let key):
            return try take(certificate, key, subject, state, field)
        }
    }

    func makeClientCertificate(_ subject: Subject) async throws(Problem) -> NewCertificate {
        let own = Subject(connectionId: subject.connectionId, host: "causeway", organizationId: subject.organizationId)
        let place = Place(purpose: .client, source: .generate, state: .active)
        return try seal(try await generate(own, .client), subject, place)
    }

    private func generate(_ subject: Subject, _ purpose: CertificateContents.Purpose) async throws(Problem) -> Identity
    {
        let contents = contents(subject, purpose)
        return try await compute { () throws(SecurityError) in
            try CertificateIssuer.selfSigned(contents, kind: .rsa2048)
        }
    }

    /// The authority lives only for this signature: what the router trusts is the key's pin, not the signer.
    private func sign(_ pem: String, _ subject: Subject, _ field: String) async throws(Problem) -> Security.Certificate
    {
        let request: Security.CertificateRequest
        do throws(SecurityError) {
            request = try Security.CertificateRequest(pem: pem)
        } catch {
            throw Problem(invalid: [FieldError(path: "\(field)/csr", message: error.inWords)])
        }
        let authority = CertificateContents(
            host: "Causeway site authority", organizationName: "Causeway", validityDays: Self.validityDays,
            purpose: .authority)
        let leaf = contents(subject, .server)
        return try await compute { () throws(SecurityError) in
            let issuer = try CertificateIssuer.selfSigned(authority, kind: .p256)
            return try CertificateIssuer.sign(request, leaf, by: issuer)
        }
    }

    private func take(
        _ certificate: String, _ key: String?, _ subject: Subject, _ state: Domain.Certificate.State, _ field: String
    ) throws(Problem) -> NewCertificate {
        let checked: (chain: [Security.Certificate], key: KeyPair?)
        do throws(UploadRejection) {
            checked = try CertificateUpload.validate(
                certificatePEM: certificate, keyPEM: key, now: now.microseconds / 1_000_000)
        } catch {
            throw Problem(
                invalid: error.reasons.map { reason in
                    let member = reason.field == "key" ? "privateKey" : "certificate"
                    return FieldError(path: "\(field)/\(member)", message: reason.reason)
                })
        }
        let place = Place(source: .upload, state: state)
        guard let pair = checked.key else {
            return issued(checked.chain, place, key: nil, id: UUID.v7(at: now))
        }
        return try seal(Identity(certificates: checked.chain, key: pair), subject, place)
    }

    private func seal(
        _ identity: Identity, _ subject: Subject, _ place: Place
    ) throws(Problem) -> NewCertificate {
        let id = UUID.v7(at: now)
        do throws(SecurityError) {
            var pem = try identity.key.pem()
            defer { SecretBytes.wipe(&pem) }
            let context = SecretContext(
                tenantID: "\(subject.organizationId)", recordID: "\(id)", purpose: Self.keyPurpose)
            let sealed = try SecretEnvelope.seal(pem, for: context, under: call.services.masterKeys.primary)
            return issued(identity.certificates, place, key: sealed, id: id)
        } catch {
            throw call.defect("a private key could not be sealed", error)
        }
    }

    private func issued(
        _ chain: [Security.Certificate], _ place: Place, key: [UInt8]?, id: UUID
    ) -> NewCertificate {
        let leaf = chain[0]
        let notBefore = Timestamp(microseconds: leaf.notBefore * 1_000_000)
        let notAfter = Timestamp(microseconds: max(leaf.notAfter, leaf.notBefore) * 1_000_000)
        let facts = CertificateFacts(
            pem: chain.map(\.pem).joined(), subject: leaf.subject, fingerprint: Hex.encode(leaf.fingerprintSHA256),
            spkiSHA256: Hex.encode(leaf.publicKeySHA256), validity: notBefore...notAfter)
        return NewCertificate(
            id: id,
            issued: IssuedCertificate(
                purpose: place.purpose, source: place.source, facts: facts, hasPrivateKey: key != nil),
            state: place.state, privateKeyCiphertext: key)
    }

    private func contents(_ subject: Subject, _ purpose: CertificateContents.Purpose) -> CertificateContents {
        CertificateContents(
            host: subject.host, organizationName: "Causeway", validityDays: Self.validityDays, purpose: purpose)
    }

    private func compute<T: Sendable>(
        _ body: @escaping @Sendable () throws(SecurityError) -> T
    ) async throws(Problem) -> T {
        do throws(SecurityError) {
            return try await call.services.computing.runThrowing(body)
        } catch {
            throw call.defect("a certificate could not be made", error)
        }
    }
}

extension SecurityError {
    /// For clients: without the wording of OpenSSL.
    fileprivate var inWords: String {
        switch self {
        case .malformed, .notAuthentic, .unknownMasterKey: description
        case .invalid(_, let reason): reason
        case .library: "cannot be read"
        }
    }
}
