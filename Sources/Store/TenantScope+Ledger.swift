package import Domain
internal import JSON
internal import Postgres

extension TenantScope {
    /// Newest first.
    package func ledger(_ filter: LedgerFilter, _ page: PageRequest) async throws(StoreError) -> Page<LedgerEntry> {
        let parameters: [PostgresValue] = [
            PostgresValue(filter.deliveryId), .clean(optional: filter.studyInstanceUID),
            PostgresValue(filter.integrationId), PostgresValue(filter.since),
        ]
        return try await self.page(LedgerStatements.list, parameters, page, id: \.id, Self.entry)
    }

    /// Newest first.
    package func auditEvents(_ filter: AuditFilter, _ page: PageRequest) async throws(StoreError) -> Page<AuditEvent> {
        let parameters: [PostgresValue] = [
            PostgresValue(filter.objectId), .clean(optional: filter.action), PostgresValue(filter.since),
        ]
        return try await self.page(LedgerStatements.auditList, parameters, page, id: \.id, Self.auditEvent)
    }

    package func appendAudit(_ events: [AuditEvent]) async throws(StoreError) {
        if events.isEmpty { return }
        let statements = events.map { event in
            BoundStatement(
                LedgerStatements.auditAppend,
                [
                    organization, PostgresValue(event.id), PostgresValue(event.at), .clean(event.actor),
                    .clean(event.action), .clean(event.objectKind), PostgresValue(event.objectId),
                    .text(event.outcome.rawValue), .clean(optional: event.address), PostgresValue(event.detail),
                ])
        }
        try await pool.batch(statements) { _ in }
    }

    private static func entry(_ row: Row) throws(PostgresError) -> LedgerEntry {
        var columns = Columns(row)
        let (id, delivery) = (try columns.id(), try columns.id())
        let keys = LedgerKeys(
            studyInstanceUID: try columns.text(), integrationId: try columns.id(), startedAt: try columns.time(),
            endedAt: try columns.time(), manifestDigest: try columns.bytes())
        guard let destination = LedgerDestination(json: try columns.json()) else {
            throw .badColumn(index: 7, reason: "is not a destination")
        }
        var entry = LedgerEntry(
            id: id, deliveryId: delivery, keys: keys, destination: destination, outcome: try columns.choice())
        entry.statuses =
            try columns.json().array?.compactMap { pair in
                guard let status = pair[0]?.int, let count = pair[1]?.int else { return nil }
                return LedgerEntry.StatusRun(status: UInt16(truncatingIfNeeded: status), count: count)
            } ?? []
        entry.instanceCount = try columns.int()
        entry.byteCount = try columns.int()
        entry.assurance = LedgerEntry.Assurance(rawValue: try columns.int()) ?? .response
        entry.changes = try columns.json()
        return entry
    }

    private static func auditEvent(_ row: Row) throws(PostgresError) -> AuditEvent {
        var columns = Columns(row)
        let (id, at, actor, action) = (try columns.id(), try columns.time(), try columns.text(), try columns.text())
        var event = AuditEvent(
            id: id, at: at, actor: actor, action: action, object: (try columns.text(), try columns.optionalId()))
        event.outcome = try columns.choice()
        event.address = try columns.optionalText()
        event.detail = try columns.json()
        return event
    }
}

extension LedgerEntry {
    func statement(_ lease: DeliveryLease) -> BoundStatement {
        BoundStatement(
            LedgerStatements.append,
            lease.parameters + [
                PostgresValue(id), .clean(studyInstanceUID), PostgresValue(integrationId), PostgresValue(startedAt),
                PostgresValue(endedAt), PostgresValue(destination.json), .text(outcome.rawValue),
                PostgresValue(JSON.array(statuses.map { [JSON(Int($0.status)), JSON($0.count)] })),
                .int(Int64(instanceCount)), .int(Int64(byteCount)), .bytes(manifestDigest),
                .int(Int64(assurance.rawValue)), PostgresValue(changes),
            ])
    }
}
