internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/organizations`: the tenants; platform keys only.
enum OrganizationsAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/organizations", .platform, list).listing(),
        Endpoint(.post, "/v1/organizations", .platform, create).audited("organization.create"),
        Endpoint(.get, "/v1/organizations/{id}", .platform, read),
        Endpoint(.patch, "/v1/organizations/{id}", .platform, update).audited("organization.update"),
        Endpoint(.delete, "/v1/organizations/{id}", .platform, delete).audited("organization.delete"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await call.store.organizations(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let spec = try validated { () throws(InvalidFields) in try OrganizationSpec(validating: body) }
        let made = try await call.stored { () async throws(StoreError) in try await call.store.createOrganization(spec)
        }
        return call.resource(made.json, version: made.version, .created, location: "/v1/organizations/\(made.id)")
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let found = try await call.stored { () async throws(StoreError) in try await call.store.organization(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await call.stored { () async throws(StoreError) in try await call.store.organization(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        let changed = try await call.stored { () async throws(StoreError) in
            try await call.store.updateOrganization(id, to: spec, expectedVersion: expected ?? current.version)
        }
        return call.resource(changed.json, version: changed.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let expected = try call.expectedVersion()
        try await call.stored { () async throws(StoreError) in
            try await call.store.deleteOrganization(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }
}
