internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/connections`: the TLS end-points at the sites.
enum ConnectionsAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/connections", .read, list).listing(),
        Endpoint(.post, "/v1/connections", .configure, create).audited("connection.create"),
        Endpoint(.get, "/v1/connections/{id}", .read, read),
        Endpoint(.patch, "/v1/connections/{id}", .configure, update).audited("connection.update"),
        Endpoint(.delete, "/v1/connections/{id}", .configure, delete).audited("connection.delete"),
        Endpoint(.get, "/v1/connections/{id}/kits/{product}", .configure, KitsAPI.download).audited("kit.download"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.connections(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let (spec, request) = try await validate(body, call)
        let factory = CertificateFactory(call)
        let id = UUID.v7(at: call.services.now)
        let subject = CertificateFactory.Subject(
            connectionId: id, host: spec.host, organizationId: scope.organizationId)
        let certificates = try await factory.first(request, spec.tls, subject)
        let made = try await call.stored { () async throws(StoreError) in
            try await scope.createConnection(id: id, spec, certificates: certificates)
        }
        return call.resource(made.json, version: made.version, .created, location: "/v1/connections/\(made.id)")
    }

    /// All that is wrong with members, certificate and host, at once. With TLS active a certificate is generated when
    /// `certificate` says nothing.
    private static func validate(
        _ body: JSON, _ call: Call
    ) async throws(Problem) -> (ConnectionSpec, CertificateRequest?) {
        var errors: [FieldError] = []
        var spec: ConnectionSpec?
        var request: CertificateRequest?
        do throws(InvalidFields) {
            spec = try ConnectionSpec(validating: body, ignoring: ["certificate"])
        } catch {
            errors = error.errors
        }
        if let member = body["certificate"], !member.isNull {
            do throws(InvalidFields) {
                request = try CertificateRequest(validating: member)
            } catch {
                errors += error.errors.map { FieldError(path: "/certificate" + $0.path, message: $0.message) }
            }
        }
        if let host = body["host"]?.string, !errors.contains(where: { $0.path == "/host" }),
            let objection = await HostRule(call.services).objection(host)
        {
            errors.append(FieldError(path: "/host", message: objection))
        }
        guard let spec, errors.isEmpty else { throw Problem(invalid: errors) }
        return (spec, request ?? (spec.tls.mode == .active ? .generate : nil))
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.connection(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await call.stored { () async throws(StoreError) in try await scope.connection(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        if spec.host != current.spec.host { try await HostRule(call.services).check(spec.host) }
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.updateConnection(id, to: spec, expectedVersion: expected ?? current.version)
        }
        return try await complete(changed, call)
    }

    /// Adds the certificates that the new settings need and that are not there yet.
    private static func complete(_ connection: Connection, _ call: Call) async throws(Problem) -> Response {
        let scope = try call.scope
        let missing = try await CertificateFactory(call).missing(connection)
        for certificate in missing {
            _ = try await call.stored { () async throws(StoreError) in
                try await scope.addCertificate(certificate, to: connection.id)
            }
        }
        if missing.isEmpty { return call.resource(connection.json, version: connection.version) }
        let found = try await call.stored { () async throws(StoreError) in try await scope.connection(connection.id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let expected = try call.expectedVersion()
        try await call.stored { () async throws(StoreError) in
            try await scope.deleteConnection(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }
}
