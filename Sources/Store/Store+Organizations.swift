package import Domain
package import JSON
internal import Postgres

extension Store {
    package func createOrganization(_ spec: OrganizationSpec) async throws(StoreError) -> Organization {
        try await pools.interactive.find(OrganizationStatements.create, [.clean(spec.name)], Self.organization)
    }

    package func organization(_ id: UUID) async throws(StoreError) -> Organization {
        try await pools.interactive.find(OrganizationStatements.get, [PostgresValue(id)], Self.organization)
    }

    /// Nil when there is none of that name.
    package func organization(named name: String) async throws(StoreError) -> Organization? {
        try await pools.interactive.read(OrganizationStatements.named, [.clean(name)]) { rows throws(PostgresError) in
            try rows.decode(Self.organization).first
        }
    }

    package func organizations(_ page: PageRequest) async throws(StoreError) -> Page<Organization> {
        try await pools.interactive.page(OrganizationStatements.list, [], page, id: \.id, Self.organization)
    }

    /// `expectedVersion` nil: any (If-Match: *).
    package func updateOrganization(
        _ id: UUID, to spec: OrganizationSpec, expectedVersion: Int?
    ) async throws(StoreError) -> Organization {
        try await pools.interactive.change(
            OrganizationStatements.update, [PostgresValue(id), PostgresValue(expectedVersion), .clean(spec.name)],
            versionBy: BoundStatement(OrganizationStatements.version, [PostgresValue(id)]), Self.organization)
    }

    /// With its configuration; refused (`inUse`) while it has studies.
    package func deleteOrganization(_ id: UUID, expectedVersion: Int?) async throws(StoreError) {
        try await pools.interactive.delete(
            lock: BoundStatement(OrganizationStatements.lock, [PostgresValue(id)]),
            BoundStatement(OrganizationStatements.delete, [PostgresValue(id)]), expectedVersion: expectedVersion)
    }

    private static func organization(_ row: Row) throws(PostgresError) -> Organization {
        var columns = Columns(row)
        return Organization(
            id: try columns.id(), spec: OrganizationSpec(name: try columns.text()), version: try columns.int(),
            createdAt: try columns.time())
    }
}
