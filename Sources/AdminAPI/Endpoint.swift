internal import Domain
internal import HTTP1
internal import JSON
internal import Logging
internal import Security
internal import Store

/// A route of the API: who may call it, and what it does. Around each stand authentication, query, body, idempotency
/// and audit.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Call) async throws(Problem) -> Response

    let method: HTTPMethod
    let pattern: String
    let permission: Permission
    /// What may stand in the query.
    private(set) var queryNames: Set<String> = []
    /// Its name in the audit trail, such as "connection.update"; nil for reading, of which only refusals are recorded.
    private(set) var action: String?
    /// The handler reads the body itself, as a stream.
    private(set) var streamsBody = false
    /// The answer holds a secret: it is never kept for a repeated request.
    private(set) var answersSecret = false
    let handler: Handler

    static let bodyByteCountMax = 256 << 10

    init(_ method: HTTPMethod, _ pattern: String, _ permission: Permission, _ handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.permission = permission
        self.handler = handler
    }

    func query(_ names: String...) -> Endpoint { with { $0.queryNames.formUnion(names) } }

    /// A list with these filters.
    func listing(_ filters: String...) -> Endpoint { with { $0.queryNames.formUnion(filters + ["limit", "cursor"]) } }

    func audited(_ action: String) -> Endpoint { with { $0.action = action } }

    func streamingBody() -> Endpoint { with { $0.streamsBody = true } }

    func answeringSecret() -> Endpoint { with { $0.answersSecret = true } }

    private func with(_ change: (inout Endpoint) -> Void) -> Endpoint {
        var copy = self
        change(&copy)
        return copy
    }

    func route(_ services: AdminServices) -> Route {
        let limit = streamsBody ? 1 << 40 : Self.bodyByteCountMax
        return Route(method, pattern, bodyByteCountMax: limit) { request in
            do throws(Problem) {
                return try await answer(request, services)
            } catch {
                return request.problem(error)
            }
        }
    }

    private func answer(_ request: Request, _ services: AdminServices) async throws(Problem) -> Response {
        let caller = try await Authenticator(services: services).caller(request)
        let trail = AuditTrail(self, request, caller, services)
        do throws(Problem) {
            try caller.check(permission)
            return try await perform(request, caller, services, trail)
        } catch {
            await trail.note(error)
            throw error
        }
    }

    private func perform(
        _ request: Request, _ caller: Caller, _ services: AdminServices, _ trail: AuditTrail
    ) async throws(Problem) -> Response {
        if request.method == .head, action != nil {
            // Else a look at the head of a download would take the key without giving it to anybody.
            throw Problem("method-not-allowed", .methodNotAllowed, detail: "This address offers GET.")
                .with(field: "allow", "GET, OPTIONS")
        }
        let query = try Self.query(request, queryNames)
        let bytes = streamsBody ? [] : try await collect(request)
        let call = Call(
            request: request, caller: caller, services: services, query: query, body: try Self.parse(bytes))
        guard method == .post, !streamsBody, let idempotency = Idempotency(call, bytes, isSecret: answersSecret) else {
            return try await handle(call, trail)
        }
        return try await idempotency.run { () async throws(Problem) in try await handle(call, trail) }
    }

    private func handle(_ call: Call, _ trail: AuditTrail) async throws(Problem) -> Response {
        let response = try await handler(call)
        await trail.note(response)
        return response
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

    /// The parameters of the query; unknown ones are errors, so that a typing mistake never widens a list.
    private static func query(_ request: Request, _ known: Set<String>) throws(Problem) -> [String: String] {
        guard let items = request.head.target.queryItems() else {
            throw Problem("malformed-query", .badRequest, detail: "The query is not percent-encoded name=value pairs.")
        }
        var values: [String: String] = [:]
        var errors: [FieldError] = []
        for item in items {
            if !known.contains(item.name) {
                errors.append(FieldError(path: "?\(item.name)", message: "is not known here"))
            } else if values.updateValue(item.value, forKey: item.name) != nil {
                errors.append(FieldError(path: "?\(item.name)", message: "is given twice"))
            }
        }
        if errors.isEmpty { return values }
        throw Problem(invalid: errors)
    }
}
