internal import Domain
internal import HTTP1
internal import JSON
internal import Security
internal import Store

/// `/v1/api-keys`: the secret is shown once, in the answer that makes it.
enum APIKeysAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/api-keys", .configure, list).listing(),
        Endpoint(.post, "/v1/api-keys", .configure, create).answeringSecret().audited("apiKey.create"),
        Endpoint(.get, "/v1/api-keys/{id}", .configure, read),
        Endpoint(.delete, "/v1/api-keys/{id}", .configure, revoke).audited("apiKey.revoke"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        return Call.list(try await call.stored { () async throws(StoreError) in try await scope.apiKeys(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let spec = try validated { () throws(InvalidFields) in try APIKeySpec(validating: body) }
        if let expiry = spec.expiresAt, expiry <= call.services.now {
            throw Problem(field: "expiresAt", "must be in the future")
        }
        let token = APIKeyToken.generate()
        let key = try await call.stored { () async throws(StoreError) in
            try await scope.createAPIKey(spec, keyId: token.keyID, secretHash: token.secretHash)
        }
        var object = key.json.object ?? JSONObject()
        object["key"] = .string(token.text)
        var response = Response.json(JSON(object), .created)
        response.fields.append("location", "/v1/api-keys/\(key.id)")
        response.fields.append("cache-control", "no-store")
        return response
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        return .json(try await call.stored { () async throws(StoreError) in try await scope.apiKey(id) }.json)
    }

    @Sendable private static func revoke(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        try await call.stored { () async throws(StoreError) in try await scope.revokeAPIKey(id) }
        return Response(.noContent)
    }
}
