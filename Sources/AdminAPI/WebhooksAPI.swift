internal import Bytes
internal import Domain
internal import HTTP1
internal import JSON
internal import Reactor
internal import Security
internal import Store

/// `/v1/webhooks`: who is told of events; the signing secret is shown once.
enum WebhooksAPI {
    static let secretPurpose = "webhook-secret"

    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/webhooks", .configure, list).listing(),
        Endpoint(.post, "/v1/webhooks", .configure, create).answeringSecret().audited("webhook.create"),
        Endpoint(.get, "/v1/webhooks/{id}", .configure, read),
        Endpoint(.patch, "/v1/webhooks/{id}", .configure, update).audited("webhook.update"),
        Endpoint(.delete, "/v1/webhooks/{id}", .configure, delete).audited("webhook.delete"),
        Endpoint(.post, "/v1/webhooks/{id}/test", .configure, test).audited("webhook.test"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.webhooks(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let spec = try validated { () throws(InvalidFields) in try WebhookSpec(validating: body) }
        try await checkURL(spec.url, call)
        let id = UUID.v7(at: call.services.now)
        let secret = "whsec_" + Hex.encode(RandomBytes.make(32))
        let sealed: [UInt8]
        do throws(SecurityError) {
            sealed = try SecretEnvelope.seal(
                Array(secret.utf8),
                for: SecretContext(tenantID: "\(scope.organizationId)", recordID: "\(id)", purpose: secretPurpose),
                under: call.services.masterKeys.primary)
        } catch {
            throw call.defect("the secret of a webhook could not be sealed", error)
        }
        let made = try await call.stored { () async throws(StoreError) in
            try await scope.createWebhook(id: id, spec, secretCiphertext: sealed)
        }
        var object = made.json.object ?? JSONObject()
        object["secret"] = .string(secret)
        var response = call.resource(JSON(object), version: made.version, .created, location: "/v1/webhooks/\(made.id)")
        response.fields.append("cache-control", "no-store")
        return response
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.webhook(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await call.stored { () async throws(StoreError) in try await scope.webhook(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        if spec.url != current.spec.url { try await checkURL(spec.url, call) }
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.updateWebhook(id, to: spec, expectedVersion: expected ?? current.version)
        }
        return call.resource(changed.json, version: changed.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let expected = try call.expectedVersion()
        try await call.stored { () async throws(StoreError) in
            try await scope.deleteWebhook(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }

    @Sendable private static func test(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let event = try await call.stored { () async throws(StoreError) in try await scope.enqueueTestEvent(webhook: id)
        }
        return .json(["eventId": JSON(event)], .accepted)
    }

    /// https to a public host; http only where the operator allows the address, as for tests on loopback.
    private static func checkURL(_ url: String, _ call: Call) async throws(Problem) {
        guard let parts = WebAddress(url) else {
            throw Problem(field: "url", "must be https://HOST[:PORT]/PATH without user name")
        }
        try await HostRule(call.services).check(parts.host, field: "url")
        // Only an address that the operator exempted can be here without being public.
        let isExempt = SocketAddress(literal: parts.host, port: 0).map {
            AddressPolicy.publicOnly.verdict($0) != .allowed
        }
        if parts.scheme == "http", isExempt != true { throw Problem(field: "url", "must start with https://") }
    }
}

/// The parts of a webhook's URL that are checked.
struct WebAddress: Equatable {
    let scheme: String
    let host: String

    init?(_ url: String) {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        scheme = url[..<colon].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let authority = url[colon...].dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
        } else {
            host = String(authority.prefix { $0 != ":" })
        }
        if host.isEmpty { return nil }
    }
}
