internal import HTTP1
internal import JSON
internal import Security
internal import Store

/// `Idempotency-Key` on POST (IETF httpapi draft): the same key with the same request gives the first answer again, for 24 h.
struct Idempotency {
    private let scope: TenantScope
    private let key: String
    private let requestHash: [UInt8]

    /// Nil when the request carries no key or names no organization.
    init?(_ call: Call, _ body: [UInt8]) {
        guard let key = call.request.head.fields["idempotency-key"], let organization = call.caller.organizationId else {
            return nil
        }
        self.key = key
        scope = call.store.scope(organization)
        let digest = Digest()
        digest.update(Array("\(call.request.method.rawValue) \(call.request.path)\n".utf8))
        digest.update(body)
        requestHash = digest.finish()
    }

    func run(_ body: () async throws(Problem) -> Response) async throws(Problem) -> Response {
        guard (1...255).contains(key.utf8.count) else {
            throw Problem("invalid", .badRequest, detail: "Idempotency-Key must have 1 to 255 characters.")
        }
        let outcome = try await stored { () async throws(StoreError) in
            try await scope.beginIdempotent(key: key, requestHash: requestHash)
        }
        switch outcome {
        case .proceed: return try await runFirst(body)
        case .replay(let kept): return Self.response(kept)
        case .differentRequest:
            throw Problem(
                "idempotency-key-reused", .unprocessableContent, detail: "This Idempotency-Key was used for another request.")
        case .running:
            throw Problem(
                "idempotency-key-running", .conflict, detail: "The first request with this Idempotency-Key is still running."
            ).with(field: "retry-after", "1")
        }
    }

    private func runFirst(_ body: () async throws(Problem) -> Response) async throws(Problem) -> Response {
        do throws(Problem) {
            let response = try await body()
            guard case .bytes(let bytes) = response.body, response.status.code < 500 else {
                try? await scope.abandonIdempotent(key: key)
                return response
            }
            var headers: [String: String] = [:]
            for field in response.fields.all { headers[field.name] = field.value }
            let kept = StoredResponse(status: response.status.code, headers: headers, body: bytes)
            // When this fails a repeated request runs again, as it would without the field.
            try? await scope.finishIdempotent(key: key, response: kept)
            return response
        } catch {
            try? await scope.abandonIdempotent(key: key)
            throw error
        }
    }

    private static func response(_ kept: StoredResponse) -> Response {
        var response = Response(HTTPStatus(kept.status, "Replayed"), .bytes(kept.body))
        for (name, value) in kept.headers.sorted(by: { $0.key < $1.key }) { response.fields.append(name, value) }
        response.fields.append("idempotency-replayed", "true")
        return response
    }
}
