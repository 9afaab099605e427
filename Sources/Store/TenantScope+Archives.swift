package import Domain
package import JSON
internal import Postgres
internal import Reactor

extension Store {
    /// The archive that takes what is sent to this AE title, in whichever organization; nil when there is none.
    package func findArchive(calledAET: String) async throws(StoreError) -> Archive? {
        guard let title = AETitleRule.normalized(calledAET) else { return nil }
        return try await pools.ingest.read(ArchiveStatements.calledAET, [.text(title)]) {
            rows throws(PostgresError) in try rows.decode(TenantScope.archive).first
        }
    }
}

extension TenantScope {
    package func createArchive(_ spec: ArchiveSpec) async throws(StoreError) -> Archive {
        let id = UUID.v7(at: Timestamp(microseconds: WallClock.microseconds))
        return try await write(id, spec.destinations) { tx async throws(PostgresError) -> StoreError? in
            _ = try await tx.query(ArchiveStatements.create, [organization, PostgresValue(id)] + Self.values(spec))
            return nil
        }
    }

    package func archive(_ id: UUID) async throws(StoreError) -> Archive {
        try await find(ArchiveStatements.get, [PostgresValue(id)], Self.archive)
    }

    package func archives(_ page: PageRequest) async throws(StoreError) -> Page<Archive> {
        try await self.page(ArchiveStatements.list, [], page, id: \.id, Self.archive)
    }

    package func updateArchive(
        _ id: UUID, to spec: ArchiveSpec, expectedVersion: Int?
    ) async throws(StoreError) -> Archive {
        try await write(id, spec.destinations) { tx async throws(PostgresError) -> StoreError? in
            if let refusal = try await lock(id, expectedVersion, tx) { return refusal }
            _ = try await tx.query(ArchiveStatements.update, [organization, PostgresValue(id)] + Self.values(spec))
            return nil
        }
    }

    /// Replaces the destinations, in the order given; studies saved before are not sent.
    package func setDestinations(
        _ archiveId: UUID, _ integrationIds: [UUID], expectedVersion: Int?
    ) async throws(StoreError) -> Archive {
        var spec = try await archive(archiveId)
        for _ in 0..<3 {
            var changed = spec.spec
            changed.destinations = integrationIds
            do throws(StoreError) {
                return try await updateArchive(archiveId, to: changed, expectedVersion: expectedVersion ?? spec.version)
            } catch {
                guard case .versionMismatch = error, expectedVersion == nil else { throw error }
            }
            spec = try await archive(archiveId)
        }
        throw .conflict(field: "version", message: "the archive is being changed by others; try again")
    }

    /// Refused (`inUse`) while it has studies.
    package func deleteArchive(_ id: UUID, expectedVersion: Int?) async throws(StoreError) {
        let parameters = [organization, PostgresValue(id)]
        try await pool.delete(
            lock: BoundStatement(ArchiveStatements.lock, parameters),
            BoundStatement(ArchiveStatements.delete, parameters), expectedVersion: expectedVersion)
    }

    /// Checks the destinations, lets `body` write the row, then writes the destinations.
    private func write(
        _ id: UUID, _ destinations: [UUID], _ body: (Transaction) async throws(PostgresError) -> StoreError?
    ) async throws(StoreError) -> Archive {
        let key = [organization, PostgresValue(id)]
        return try await pool.decide { tx async throws(PostgresError) -> Result<Archive, StoreError> in
            let wanted: PostgresValue = .array(destinations)
            let usable = Set(
                try await tx.query(ArchiveStatements.usableDestinations, [organization, wanted])
                    .decode { row throws(PostgresError) in UUID(try row.uuid(0)) })
            if let missing = destinations.first(where: { !usable.contains($0) }) {
                return .failure(
                    .invalidReference(
                        field: "destinations", message: "\(missing) is not an integration of type pacs"))
            }
            if let refusal = try await body(tx) { return .failure(refusal) }
            let results = try await tx.pipeline([
                BoundStatement(ArchiveStatements.clearDestinations, key),
                BoundStatement(ArchiveStatements.addDestinations, key + [wanted]),
                BoundStatement(ArchiveStatements.get, key),
            ])
            return .success(try Self.archive(results[2].one()))
        }
    }

    private func lock(_ id: UUID, _ expected: Int?, _ tx: Transaction) async throws(PostgresError) -> StoreError? {
        guard let row = try await tx.query(ArchiveStatements.lock, [organization, PostgresValue(id)]).oneOrNone() else {
            return .notFound
        }
        let version = try row.int(0)
        return expected == nil || expected == version ? nil : .versionMismatch(current: version)
    }

    private static func values(_ spec: ArchiveSpec) -> [PostgresValue] {
        [
            .clean(spec.name), PostgresValue(spec.saveAfterQuietSeconds), PostgresValue(spec.receive?.calledAET),
            .array(spec.receive?.callingAETs ?? []),
        ]
    }

    static func archive(_ row: Row) throws(PostgresError) -> Archive {
        var columns = Columns(row)
        let (organization, id) = (try columns.id(), try columns.id())
        var spec = ArchiveSpec(name: try columns.text())
        spec.saveAfterQuietSeconds = try columns.optionalInt()
        let called = try columns.optionalText()
        let calling = try columns.texts()
        spec.receive = called.map { Archive.Receive(calledAET: $0, callingAETs: calling) }
        spec.destinations = try columns.ids()
        return Archive(
            id: id, organizationId: organization, spec: spec, version: try columns.int(), createdAt: try columns.time())
    }
}
