internal import Domain
internal import HTTP1
internal import JSON
internal import Logging
internal import Reactor
internal import Reactor
internal import Store

/// Writes down what became of one call: changes, keys that left us, and every call that the role forbids.
struct AuditTrail {
    private let endpoint: Endpoint
    private let request: Request
    private let caller: Caller
    private let services: AdminServices

    init(_ endpoint: Endpoint, _ request: Request, _ caller: Caller, _ services: AdminServices) {
        self.endpoint = endpoint
        self.request = request
        self.caller = caller
        self.services = services
    }

    func note(_ response: Response) async {
        guard let action = endpoint.action else { return }
        let created = response.fields["location"]?.split(separator: "/").last.flatMap { UUID($0) }
        var event = event(action, object: created ?? named)
        event.outcome = response.status.code < 400 ? .success : .failure
        await append(event)
    }

    func note(_ problem: Problem) async {
        guard endpoint.action != nil || problem.status == .forbidden else { return }
        var event = event(endpoint.action ?? "read", object: named)
        event.outcome = .failure
        event.detail = ["problem": .string(problem.name), "requestId": .string(request.id)]
        await append(event)
    }

    /// The object of the path: the last id in it.
    private var named: UUID? { (request.captures["cid"] ?? request.captures["id"]).flatMap { UUID($0) } }

    private func event(_ action: String, object: UUID?) -> AuditEvent {
        let now = services.now
        let kind = action.split(separator: ".").dropLast().first.map(String.init)
        var event = AuditEvent(
            id: UUID.v7(at: now), at: now, actor: caller.key.keyId, action: action,
            object: (kind ?? String(endpoint.pattern.split(separator: "/").dropFirst().first ?? "api"), object))
        event.address = request.peer?.hostDescription
        return event
    }

    private func append(_ event: AuditEvent) async {
        // What happens to an organization belongs to its own trail, whoever does it.
        let own = event.objectKind == "organization" ? event.objectId : nil
        guard let organizationId = own ?? caller.organizationId else { return }
        do throws(StoreError) {
            try await services.store.scope(organizationId).appendAudit([event])
        } catch {
            services.logger.error(
                "an audit event was not kept",
                metadata: ["action": "\(event.action)", "error": "\(error)", "requestId": "\(request.id)"])
        }
    }
}
