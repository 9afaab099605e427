internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/deliveries`: what did not arrive, and why.
enum DeliveriesAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/deliveries", .read, list).listing("state", "study", "integration", "since"),
        Endpoint(.get, "/v1/deliveries/{id}", .read, read),
        Endpoint(.post, "/v1/deliveries/{id}/retry", .operate, retry).audited("delivery.retry"),
        Endpoint(.post, "/v1/deliveries/{id}/cancel", .operate, cancel).audited("delivery.cancel"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        var query = QueryValues(call.query)
        var filter = DeliveryFilter()
        filter.state = query.choice("state")
        filter.studyId = query.id("study")
        filter.integrationId = query.id("integration")
        filter.since = query.time("since")
        try query.check()
        let asked = filter
        let found = try await call.stored { () async throws(StoreError) in try await scope.deliveries(asked, page) }
        return Call.list(found, \.json)
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        return .json(try await call.stored { () async throws(StoreError) in try await scope.delivery(id) }.json)
    }

    @Sendable private static func retry(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let changed = try await call.stored { () async throws(StoreError) in try await scope.retryDelivery(id) }
        call.services.nudge()
        return .json(changed.json)
    }

    @Sendable private static func cancel(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        return .json(try await call.stored { () async throws(StoreError) in try await scope.cancelDelivery(id) }.json)
    }
}
