internal import HTTP1
internal import JSON
internal import Logging
internal import Security
internal import Store

/// `Idempotency-Key` on POST (IETF httpapi draft): the same key with the same request gives the first answer again, for
/// 24 h.
struct Idempotency {
    private let call: Call
    private let scope: TenantScope
    private let key: String
    private let requestHash: [UInt8]
    private let isSecret: Bool

    /// Nil when the request carries no key or names no organization.
    /// - Parameter isSecret: the answer holds a secret, so that a repeated request is told where the first one's is.
    init?(_ call: Call, _ body: [UInt8], isSecret: Bool) {
        guard let key = call.request.head.fields["idempotency-key"], let organization = call.caller.organizationId
        else {
            return nil
        }
        self.call = call
        self.key = key
        self.isSecret = isSecret
        scope = call.store.scope(organization)
        let digest = Digest()
        digest.update(Array("\(call.request.method.rawValue) \(call.request.path)\n".utf8))
        digest.update(body)
        requestHash = digest.finish()
    }

    func run(_ body: () async throws(Problem) -> Response) async throws(Problem) -> Response {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw Problem(
                "invalid", .badRequest, detail: "Idempotency-Key must have 1 to 255 visible ASCII characters.")
        }
        let outcome = try await call.stored { () async throws(StoreError) in
            try await scope.beginIdempotent(key: key, requestHash: requestHash)
        }
        switch outcome {
        case .proceed: return try await runFirst(body)
        case .replay(let kept): return Self.response(kept)
        case .differentRequest:
            throw Problem(
                "idempotency-key-reused", .unprocessableContent,
                detail: "This Idempotency-Key was used for another request.")
        case .running:
            throw Problem(
                "idempotency-key-running", .conflict,
                detail: "The first request with this Idempotency-Key is still running."
            ).with(field: "retry-after", "1")
        }
    }

    private func runFirst(_ body: () async throws(Problem) -> Response) async throws(Problem) -> Response {
        let response: Response
        do throws(Problem) {
            response = try await body()
        } catch {
            await abandon()
            throw error
        }
        guard let kept = kept(response) else {
            await abandon()
            return response
        }
        do throws(StoreError) {
            try await scope.finishIdempotent(key: key, response: kept)
        } catch {
            // The key stays taken for five minutes: better a repeated request that is refused than one that runs twice.
            note("the answer to an idempotent request was not kept", error)
        }
        return response
    }

    private func abandon() async {
        do throws(StoreError) {
            try await scope.abandonIdempotent(key: key)
        } catch {
            note("an idempotency key was not given back", error)
        }
    }

    private func note(_ what: Logger.Message, _ error: StoreError) {
        call.services.logger.warning(what, metadata: ["requestId": "\(call.request.id)", "error": "\(error)"])
    }

    /// Nil when the answer is none to repeat.
    private func kept(_ response: Response) -> StoredResponse? {
        let answer = isSecret ? withoutSecret(response) : response
        guard case .bytes(let bytes) = answer.body, answer.status.code < 500 else { return nil }
        var headers: [String: String] = [:]
        for field in answer.fields.all { headers[field.name] = field.value }
        return StoredResponse(status: answer.status.code, headers: headers, body: bytes)
    }

    private func withoutSecret(_ response: Response) -> Response {
        let location = response.fields["location"] ?? ""
        let problem = Problem(
            "secret-shown-before", .conflict,
            detail:
                "The first request with this Idempotency-Key made \(location), and its secret was shown in that answer "
                + "only. Delete it and create another if the answer was lost."
        ).with(field: "location", location)
        return call.request.problem(problem)
    }

    private static func response(_ kept: StoredResponse) -> Response {
        var response = Response(HTTPStatus(kept.status, "Replayed"), .bytes(kept.body))
        for (name, value) in kept.headers.sorted(by: { $0.key < $1.key }) { response.fields.append(name, value) }
        response.fields.append("idempotency-replayed", "true")
        return response
    }
}
