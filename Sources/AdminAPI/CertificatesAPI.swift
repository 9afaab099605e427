internal import Domain
internal import HTTP1
internal import JSON
internal import Kits
internal import Security
internal import Store

/// `/v1/connections/{id}/certificates`: of the site's server, generated, signed or uploaded; a key leaves us once.
enum CertificatesAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/connections/{id}/certificates", .read, list),
        Endpoint(.post, "/v1/connections/{id}/certificates", .configure, create).audited("certificate.create"),
        Endpoint(.post, "/v1/connections/{id}/certificates/{cid}/activate", .configure, activate).audited(
            "certificate.activate"),
        Endpoint(.get, "/v1/connections/{id}/certificates/{cid}/download", .configure, download).query("format")
            .audited("certificate.download"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.certificates(of: id) }
        return .json(["items": JSON(found.map(\.json)), "nextCursor": .null])
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let body = try call.requiredBody()
        let request = try validated { () throws(InvalidFields) in try Domain.CertificateRequest(validating: body) }
        let connection = try await call.stored { () async throws(StoreError) in try await scope.connection(id) }
        let subject = CertificateFactory.Subject(
            connectionId: id, host: connection.spec.host, organizationId: scope.organizationId)
        let new = try await CertificateFactory(call).make(request, subject, state: .next, field: "")
        let made = try await call.stored { () async throws(StoreError) in try await scope.addCertificate(new, to: id) }
        var response = Response.json(made.json, .created)
        response.fields.append("location", "/v1/connections/\(id)/certificates/\(made.id)")
        return response
    }

    @Sendable private static func activate(_ call: Call) async throws(Problem) -> Response {
        let (id, certificateId) = (try call.id(), try call.id("cid"))
        let scope = try call.scope
        let made = try await call.stored { () async throws(StoreError) in
            try await scope.activateCertificate(certificateId, of: id)
        }
        return .json(made.json)
    }

    @Sendable private static func download(_ call: Call) async throws(Problem) -> Response {
        let (id, certificateId) = (try call.id(), try call.id("cid"))
        let scope = try call.scope
        let format = call.query["format"] ?? "pem"
        guard ["pem", "pkcs12", "der"].contains(format) else {
            throw Problem(invalid: [FieldError(path: "?format", message: "must be pem, pkcs12 or der")])
        }
        let connection = try await call.stored { () async throws(StoreError) in try await scope.connection(id) }
        let names = KitFileNames(connectionName: connection.spec.name)
        if format == "der" {
            let found = try await call.stored { () async throws(StoreError) in
                try await scope.certificate(certificateId, of: id)
            }
            return try der(found.certificate, names, call)
        }
        let passphrase = call.request.head.fields["causeway-passphrase"]
        if format == "pkcs12", (passphrase?.unicodeScalars.count ?? 0) < PKCS12.passphraseLengthMin {
            throw Problem(
                "passphrase-required", .badRequest,
                detail: "PKCS#12 needs a pass phrase of \(PKCS12.passphraseLengthMin) characters or more in the field "
                    + "Causeway-Passphrase.")
        }
        let key = try await PrivateKeyVault(call).take(certificateId, of: id)
        return format == "pem" ? pemZip(key, names, call) : try pkcs12(key, passphrase ?? "", names, call)
    }

    private static func der(
        _ certificate: Domain.Certificate, _ names: KitFileNames, _ call: Call
    ) throws(Problem) -> Response {
        do throws(SecurityError) {
            let leaf = try Security.Certificate(pem: certificate.facts.pem)
            return file(leaf.der, "application/pkix-cert", names.certificate.replacing(".pem", with: ".der"))
        } catch {
            throw call.defect("a certificate cannot be read", error)
        }
    }

    private static func pemZip(_ key: PrivateKeyVault.Opened, _ names: KitFileNames, _ call: Call) -> Response {
        let entries = [
            ZipEntry(name: names.certificate, text: key.certificate.facts.pem),
            ZipEntry(name: names.key, bytes: key.pem.copy, mode: 0o600),
        ]
        return file(ZipWriter.archive(entries, date: zipDate(call)), "application/zip", "\(names.stem)_PEM.zip")
    }

    private static func pkcs12(
        _ key: PrivateKeyVault.Opened, _ passphrase: String, _ names: KitFileNames, _ call: Call
    ) throws(Problem) -> Response {
        do throws(SecurityError) {
            let identity = try Identity(certificatePEM: Array(key.certificate.facts.pem.utf8), keyPEM: key.pem.copy)
            let bytes = try PKCS12.export(identity, passphrase: passphrase, name: names.stem)
            return file(bytes, "application/x-pkcs12", "\(names.stem).p12")
        } catch {
            throw call.defect("a PKCS#12 file could not be made", error)
        }
    }

    static func file(_ bytes: [UInt8], _ type: String, _ name: String) -> Response {
        var response = Response(.ok, contentType: type, .bytes(bytes))
        response.fields.append("content-disposition", "attachment; filename=\"\(name)\"")
        response.fields.append("cache-control", "no-store")
        return response
    }

    static func zipDate(_ call: Call) -> ZipDate {
        let now = call.services.now.civil
        return ZipDate(
            ZipDate(year: now.year, month: now.month, day: now.day), hour: now.hour, minute: now.minute,
            second: now.second)
    }
}

/// Private keys on their way out: each can be taken once.
struct PrivateKeyVault {
    struct Opened {
        let certificate: Domain.Certificate
        let pem: SecretBytes
    }

    private let call: Call

    init(_ call: Call) {
        self.call = call
    }

    /// The key, which from now on only its owner has; 410 when it was taken before, 404 when there never was one.
    func take(_ certificateId: UUID, of connectionId: UUID) async throws(Problem) -> Opened {
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in
            try await scope.certificate(certificateId, of: connectionId)
        }
        if found.certificate.keyDownloadedAt != nil { throw Self.gone(found.certificate) }
        guard found.certificate.purpose == .server else {
            throw Problem(
                "no-private-key", .notFound,
                detail: "This certificate identifies Causeway itself, and its key never leaves. Use format=der for the "
                    + "certificate.")
        }
        guard found.certificate.hasPrivateKey else {
            throw Problem(
                "no-private-key", .notFound,
                detail: "The private key of this certificate is not here: it stayed at the site (source "
                    + "\(found.certificate.source.rawValue)). Use format=der for the certificate.")
        }
        let taken: StoredCertificate
        do throws(StoreError) {
            taken = try await scope.takePrivateKey(certificateId, of: connectionId)
        } catch {
            // Somebody else was faster.
            if case .conflict = error { throw Self.gone(found.certificate) }
            throw call.problem(error)
        }
        guard let sealed = taken.privateKeyCiphertext else { throw Self.gone(found.certificate) }
        let context = SecretContext(
            tenantID: "\(scope.organizationId)", recordID: "\(certificateId)", purpose: CertificateFactory.keyPurpose)
        do throws(SecurityError) {
            return Opened(
                certificate: taken.certificate,
                pem: try SecretEnvelope.open(sealed, for: context, with: call.services.masterKeys))
        } catch {
            throw call.defect("a private key cannot be opened with the master key", error)
        }
    }

    private static func gone(_ certificate: Domain.Certificate) -> Problem {
        Problem(
            "private-key-gone", .gone,
            detail: "The private key was downloaded before and is not kept; its certificate's fingerprint is "
                + "\(certificate.facts.fingerprint). Create a new certificate for this connection and activate it.")
    }
}
