package import Domain
package import JSON
internal import Postgres

extension TenantScope {
    package func createIntegration(_ spec: IntegrationSpec) async throws(StoreError) -> Integration {
        let parameters = [organization, PostgresValue(spec.connectionId)] + Self.values(spec)
        let created = try await pool.read(IntegrationStatements.create, parameters) {
            rows throws(PostgresError) in try rows.decode(Self.integration).first
        }
        guard let created else { throw Self.noConnection }
        return created
    }

    package func integration(_ id: UUID) async throws(StoreError) -> Integration {
        try await find(IntegrationStatements.get, [PostgresValue(id)], Self.integration)
    }

    package func integrations(_ page: PageRequest) async throws(StoreError) -> Page<Integration> {
        try await self.page(IntegrationStatements.list, [], page, id: \.id, Self.integration)
    }

    /// Deliveries that wait because the destination failed are tried again at once.
    package func updateIntegration(
        _ id: UUID, to spec: IntegrationSpec, expectedVersion: Int?
    ) async throws(StoreError) -> Integration {
        let key = [organization, PostgresValue(id)]
        let parameters =
            key + [PostgresValue(expectedVersion), PostgresValue(spec.connectionId)] + Self.values(spec)
        return try await pool.decide { tx async throws(PostgresError) -> Result<Integration, StoreError> in
            let connection = [organization, PostgresValue(spec.connectionId)]
            let known = try await tx.query(IntegrationStatements.connectionExists, connection).oneOrNone() != nil
            if known, let row = try await tx.query(IntegrationStatements.update, parameters).oneOrNone() {
                _ = try await tx.query(IntegrationStatements.wakeLane, key)
                return .success(try Self.integration(row))
            }
            let current = try await tx.query(IntegrationStatements.version, key).oneOrNone()?.int(0)
            guard let current else { return .failure(.notFound) }
            return .failure(known ? .versionMismatch(current: current) : Self.noConnection)
        }
    }

    /// How the destination is doing: why deliveries that are ready may still not be sent.
    package func laneStatus(_ integrationId: UUID) async throws(StoreError) -> LaneStatus {
        try await find(IntegrationStatements.lane, [PostgresValue(integrationId)]) { row throws(PostgresError) in
            var columns = Columns(row)
            return LaneStatus(
                nextAt: try columns.optionalTime(), failures: try columns.int(), lastError: try columns.error(),
                deliveriesQueued: try columns.int())
        }
    }

    package func setIntegrationState(
        _ id: UUID, _ state: Integration.State
    ) async throws(StoreError) -> Integration {
        try await find(
            IntegrationStatements.setState, [PostgresValue(id), .text(state.rawValue)], Self.integration)
    }

    /// Refused (`inUse`) while archives have it as a destination or deliveries to it are under way.
    package func deleteIntegration(_ id: UUID, expectedVersion: Int?) async throws(StoreError) {
        let parameters = [organization, PostgresValue(id)]
        try await pool.delete(
            lock: BoundStatement(IntegrationStatements.lock, parameters),
            BoundStatement(IntegrationStatements.delete, parameters), expectedVersion: expectedVersion)
    }

    private static let noConnection = StoreError.invalidReference(
        field: "connectionId", message: "names no connection")

    private static func values(_ spec: IntegrationSpec) -> [PostgresValue] {
        [
            .clean(spec.name), .clean(spec.calledAET), .int(Int64(spec.port)), .text(spec.kind.rawValue),
            .clean(spec.callingAET),
        ] + values(spec.compression) + [.int(Int64(spec.associationsMax)), .text(spec.state.rawValue)]
    }

    private static func values(_ policy: CompressionPolicy) -> [PostgresValue] {
        [
            .text(policy.image.rawValue), .text(policy.cine.rawValue), PostgresValue(policy.imageTransferSyntaxUID),
            PostgresValue(policy.cineTransferSyntaxUID), .text(policy.lossyUID.rawValue),
            .bool(policy.allowRecompressLossy), .int(Int64(policy.maxInstanceBytes)), .bool(policy.videoAllowed),
        ]
    }

    static func integration(_ row: Row) throws(PostgresError) -> Integration {
        var columns = Columns(row)
        return try integration(&columns)
    }

    static func integration(_ columns: inout Columns) throws(PostgresError) -> Integration {
        let (organization, id, name) = (try columns.id(), try columns.id(), try columns.text())
        var spec = IntegrationSpec(
            name: name, connectionId: try columns.id(), calledAET: try columns.text(), port: try columns.int())
        spec.kind = try columns.choice()
        spec.callingAET = try columns.text()
        spec.compression = try compression(&columns)
        spec.associationsMax = try columns.int()
        spec.state = try columns.choice()
        return Integration(
            id: id, organizationId: organization, spec: spec, version: try columns.int(), createdAt: try columns.time())
    }

    private static func compression(_ columns: inout Columns) throws(PostgresError) -> CompressionPolicy {
        var policy = CompressionPolicy()
        policy.image = try columns.choice()
        policy.cine = try columns.choice()
        policy.imageTransferSyntaxUID = try columns.optionalText()
        policy.cineTransferSyntaxUID = try columns.optionalText()
        policy.lossyUID = try columns.choice()
        policy.allowRecompressLossy = try columns.bool()
        policy.maxInstanceBytes = try columns.int()
        policy.videoAllowed = try columns.bool()
        return policy
    }
}
