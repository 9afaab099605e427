internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/connections`: the TLS end-points at the sites.
enum ConnectionsAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/connections", .read, list),
        Endpoint(.post, "/v1/connections", .configure, create),
        Endpoint(.get, "/v1/connections/{id}", .read, read),
        Endpoint(.patch, "/v1/connections/{id}", .configure, update),
        Endpoint(.delete, "/v1/connections/{id}", .configure, delete),
        Endpoint(.get, "/v1/connections/{id}/kits/{product}", .configure, KitsAPI.download),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.listQuery().page
        let scope = try call.scope
        return Call.list(try await stored { () async throws(StoreError) in try await scope.connections(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let spec = try validated { () throws(InvalidFields) in
            try ConnectionSpec(validating: body, ignoring: ["certificate"])
        }
        let request = try certificateRequest(body, spec)
        try await HostRule(call.services).check(spec.host)
        let factory = CertificateFactory(call)
        let id = UUID.v7(at: call.services.now)
        let subject = CertificateFactory.Subject(connectionId: id, host: spec.host, organizationId: scope.organizationId)
        let certificates = try await factory.first(request, spec.tls, subject)
        let made = try await stored { () async throws(StoreError) in
            try await scope.createConnection(id: id, spec, certificates: certificates)
        }
        return call.resource(made.json, version: made.version, .created, location: "/v1/connections/\(made.id)")
    }

    /// What `certificate` says; with TLS active a certificate is generated when it says nothing.
    private static func certificateRequest(_ body: JSON, _ spec: ConnectionSpec) throws(Problem) -> CertificateRequest? {
        guard let member = body["certificate"], !member.isNull else { return spec.tls.mode == .active ? .generate : nil }
        do throws(InvalidFields) {
            return try CertificateRequest(validating: member)
        } catch {
            throw Problem(invalid: error.errors.map { FieldError(path: "/certificate" + $0.path, message: $0.message) })
        }
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await stored { () async throws(StoreError) in try await scope.connection(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await stored { () async throws(StoreError) in try await scope.connection(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        if spec.host != current.spec.host { try await HostRule(call.services).check(spec.host) }
        let changed = try await stored { () async throws(StoreError) in
            try await scope.updateConnection(id, to: spec, expectedVersion: expected ?? current.version)
        }
        return call.resource(changed.json, version: changed.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let expected = try call.expectedVersion()
        try await stored { () async throws(StoreError) in
            try await scope.deleteConnection(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }
}
