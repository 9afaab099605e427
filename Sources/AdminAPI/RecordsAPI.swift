internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/ledger` and `/v1/audit-events`: what happened, append-only.
enum RecordsAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/ledger", .read, ledger)
            .listing("delivery", "studyInstanceUID", "integration", "since"),
        Endpoint(.get, "/v1/audit-events", .configure, auditEvents).listing("object", "action", "since"),
    ]

    @Sendable private static func ledger(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        var query = QueryValues(call.query)
        var filter = LedgerFilter()
        filter.deliveryId = query.id("delivery")
        filter.studyInstanceUID = call.query["studyInstanceUID"]
        filter.integrationId = query.id("integration")
        filter.since = query.time("since")
        try query.check()
        let asked = filter
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.ledger(asked, page) }, \.json)
    }

    @Sendable private static func auditEvents(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        var query = QueryValues(call.query)
        var filter = AuditFilter()
        filter.objectId = query.id("object")
        filter.action = call.query["action"]
        filter.since = query.time("since")
        try query.check()
        let asked = filter
        let found = try await call.stored { () async throws(StoreError) in try await scope.auditEvents(asked, page) }
        return Call.list(found, \.json)
    }
}
