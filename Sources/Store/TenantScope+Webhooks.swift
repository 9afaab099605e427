package import Domain
package import JSON
internal import Postgres

extension TenantScope {
    /// `id` is the caller's: the secret is encrypted with it.
    package func createWebhook(
        id: UUID, _ spec: WebhookSpec, secretCiphertext: [UInt8]
    ) async throws(StoreError) -> Webhook {
        try await find(
            WebhookStatements.create, [PostgresValue(id), .bytes(secretCiphertext)] + Self.values(spec), Self.webhook)
    }

    package func webhook(_ id: UUID) async throws(StoreError) -> Webhook {
        try await find(WebhookStatements.get, [PostgresValue(id)], Self.webhook)
    }

    package func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<Webhook> {
        try await self.page(WebhookStatements.list, [], page, id: \.id, Self.webhook)
    }

    package func updateWebhook(
        _ id: UUID, to spec: WebhookSpec, expectedVersion: Int?
    ) async throws(StoreError) -> Webhook {
        try await change(
            WebhookStatements.update, [PostgresValue(id), PostgresValue(expectedVersion)] + Self.values(spec),
            versionBy: BoundStatement(WebhookStatements.version, [organization, PostgresValue(id)]), Self.webhook)
    }

    /// With the events that wait for it.
    package func deleteWebhook(_ id: UUID, expectedVersion: Int?) async throws(StoreError) {
        let parameters = [organization, PostgresValue(id)]
        try await pool.delete(
            lock: BoundStatement(WebhookStatements.lock, parameters),
            BoundStatement(WebhookStatements.delete, parameters), expectedVersion: expectedVersion)
    }

    /// An event for this webhook alone, whatever it wants; gives the event's id.
    package func enqueueTestEvent(webhook id: UUID) async throws(StoreError) -> UUID {
        try await find(WebhookStatements.enqueueTest, [PostgresValue(id)]) { row throws(PostgresError) in
            UUID(try row.uuid(0))
        }
    }

    /// For each active webhook of the organization that wants its kind.
    package func enqueueWebhookEvent(_ event: NewWebhookEvent) async throws(StoreError) {
        try await pool.run(
            WebhookStatements.enqueue, [organization, .text(event.kind.rawValue), PostgresValue(event.payload)])
    }

    private static func values(_ spec: WebhookSpec) -> [PostgresValue] {
        [.clean(spec.url), .array(spec.events.map(\.rawValue)), .text(spec.state.rawValue)]
    }

    static func webhook(_ row: Row) throws(PostgresError) -> Webhook {
        var columns = Columns(row)
        return try webhook(&columns)
    }

    static func webhook(_ columns: inout Columns) throws(PostgresError) -> Webhook {
        let (organization, id, url) = (try columns.id(), try columns.id(), try columns.text())
        var spec = WebhookSpec(url: url, events: try columns.texts().compactMap { WebhookEventKind(rawValue: $0) })
        spec.state = try columns.choice()
        return Webhook(
            id: id, organizationId: organization, spec: spec, version: try columns.int(), createdAt: try columns.time())
    }
}

extension Store {
    /// Events due now, oldest first. Each is this caller's for 60 s; then it is due again.
    package func claimWebhookEvents(limit: Int) async throws(StoreError) -> [ClaimedWebhookEvent] {
        try await pools.worker.read(WebhookStatements.claim, [.int(Int64(limit))]) { rows throws(PostgresError) in
            try rows.decode(Self.claimedEvent)
        }
    }

    package func completeWebhookEvent(organizationId: UUID, id: UUID) async throws(StoreError) {
        try await pools.worker.run(WebhookStatements.complete, [PostgresValue(organizationId), PostgresValue(id)])
    }

    /// To be tried again `after` that time; nil: given up.
    package func failWebhookEvent(
        organizationId: UUID, id: UUID, error: String, after: Duration?
    ) async throws(StoreError) {
        let delay = after.map { PostgresValue.double($0.microseconds) } ?? .null
        try await pools.worker.run(
            WebhookStatements.fail, [PostgresValue(organizationId), PostgresValue(id), .clean(error), delay])
    }

    private static func claimedEvent(_ row: Row) throws(PostgresError) -> ClaimedWebhookEvent {
        var columns = Columns(row)
        let (organization, id, kind) = (try columns.id(), try columns.id(), try columns.text())
        let (payload, createdAt, attempt) = (try columns.json(), try columns.time(), try columns.int())
        let secret = try columns.bytes()
        return ClaimedWebhookEvent(
            organizationId: organization, id: id,
            webhook: StoredWebhook(webhook: try TenantScope.webhook(&columns), secretCiphertext: secret),
            kind: kind, payload: payload, createdAt: createdAt, attempt: attempt)
    }
}
