internal import Domain
internal import HTTP1
internal import JSON
internal import Logging
internal import Reactor
internal import Security
internal import Store

/// A route of the API: who may call it, and what it does. Around each stand authentication, body, idempotency and audit.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Call) async throws(Problem) -> Response

    let method: HTTPMethod
    let pattern: String
    let permission: Permission
    /// The handler reads the body itself, as a stream.
    var streamsBody = false
    /// The answer holds a secret: it is never kept for a repeated request.
    var answersSecret = false
    let handler: Handler

    static let bodyByteCountMax = 256 << 10

    init(_ method: HTTPMethod, _ pattern: String, _ permission: Permission, _ handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.permission = permission
        self.handler = handler
    }

    func streamingBody() -> Endpoint {
        var copy = self
        copy.streamsBody = true
        return copy
    }

    func answeringSecret() -> Endpoint {
        var copy = self
        copy.answersSecret = true
        return copy
    }

    func route(_ services: AdminServices) -> Route {
        let authenticator = Authenticator(services: services)
        let limit = streamsBody ? 1 << 40 : Self.bodyByteCountMax
        return Route(method, pattern, bodyByteCountMax: limit) { request in
            do throws(Problem) {
                let caller = try await authenticator.caller(request, permission)
                return try await answer(request, caller, services)
            } catch {
                return request.problem(error)
            }
        }
    }

    private func answer(
        _ request: Request, _ caller: Caller, _ services: AdminServices
    ) async throws(Problem) -> Response {
        let bytes = streamsBody ? [] : try await collect(request)
        let call = Call(request: request, caller: caller, services: services, body: try Self.parse(bytes))
        let idempotency = Idempotency(call, bytes)
        if method == .post, !streamsBody, !answersSecret, let idempotency {
            return try await idempotency.run { () async throws(Problem) in try await audited(call) }
        }
        return try await audited(call)
    }

    private func collect(_ request: Request) async throws(Problem) -> [UInt8] {
        do throws(HTTPError) {
            return try await request.body.collect(byteCountMax: Self.bodyByteCountMax)
        } catch {
            throw Problem(error)
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(Problem) -> JSON? {
        if bytes.isEmpty { return nil }
        do throws(JSONError) {
            return try JSON(parsing: bytes, byteCountMax: bodyByteCountMax)
        } catch {
            throw Problem("malformed-json", .badRequest, detail: "The body is not JSON: \(error)")
        }
    }

    // MARK: Audit

    private func audited(_ call: Call) async throws(Problem) -> Response {
        if method == .get { return try await handler(call) }
        do throws(Problem) {
            let response = try await handler(call)
            await note(call, response, .success, nil)
            return response
        } catch {
            await note(call, nil, .failure, error)
            throw error
        }
    }

    private func note(_ call: Call, _ response: Response?, _ outcome: AuditEvent.Outcome, _ problem: Problem?) async {
        guard let organizationId = call.caller.organizationId else { return }
        let now = call.services.now
        let kind = pattern.split(separator: "/").dropFirst().first.map(String.init) ?? "api"
        let created = response?.fields["location"]?.split(separator: "/").last.flatMap { UUID($0) }
        var event = AuditEvent(
            id: UUID.v7(at: now), at: now, actor: call.caller.key.keyId, action: "\(method.rawValue) \(pattern)",
            object: (kind, created ?? call.request.captures["id"].flatMap { UUID($0) }))
        event.outcome = outcome
        event.address = call.request.peer?.hostDescription
        if let problem { event.detail = ["problem": .string(problem.name), "requestId": .string(call.request.id)] }
        do throws(StoreError) {
            try await call.store.scope(organizationId).appendAudit([event])
        } catch {
            call.services.logger.error(
                "an audit event was not kept", metadata: ["action": "\(event.action)", "error": "\(error)"])
        }
    }
}
