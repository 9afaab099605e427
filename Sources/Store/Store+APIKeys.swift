package import Domain
package import JSON
internal import Postgres

extension Store {
    /// A key that names the organization in each request. `secretHash`: SHA-256 of the secret.
    package func createPlatformKey(
        _ spec: APIKeySpec, keyId: String, secretHash: [UInt8]
    ) async throws(StoreError) -> APIKey {
        try await createKey(nil, spec, keyId, secretHash)
    }

    package func platformKeys(_ page: PageRequest) async throws(StoreError) -> Page<APIKey> {
        try await keys(nil, page)
    }

    package func revokePlatformKey(_ id: UUID) async throws(StoreError) { try await revoke(nil, id) }

    /// Nil when there is none; also gives revoked and expired ones: see `APIKey.isUsable`.
    package func findAPIKey(keyId: String) async throws(StoreError) -> StoredAPIKey? {
        try await pools.interactive.read(APIKeyStatements.find, [.clean(keyId)]) { rows throws(PostgresError) in
            guard let row = try rows.oneOrNone() else { return nil }
            return StoredAPIKey(key: try Self.key(row), secretHash: try row.bytes(9))
        }
    }

    /// Coarse: writes at most once a minute per key.
    package func noteAPIKeyUse(keyId: String) async throws(StoreError) {
        try await pools.interactive.run(APIKeyStatements.noteUse, [.clean(keyId)])
    }

    fileprivate func createKey(
        _ organization: UUID?, _ spec: APIKeySpec, _ keyId: String, _ secretHash: [UInt8]
    ) async throws(StoreError) -> APIKey {
        let parameters: [PostgresValue] = [
            PostgresValue(organization), .clean(keyId), .bytes(secretHash), .clean(spec.name),
            .text(spec.role.rawValue),
            PostgresValue(spec.expiresAt),
        ]
        return try await pools.interactive.find(APIKeyStatements.create, parameters, Self.key)
    }

    fileprivate func keys(_ organization: UUID?, _ page: PageRequest) async throws(StoreError) -> Page<APIKey> {
        try await pools.interactive.page(
            APIKeyStatements.list, [PostgresValue(organization)], page, id: \.id, Self.key)
    }

    fileprivate func key(_ organization: UUID?, _ id: UUID) async throws(StoreError) -> APIKey {
        try await pools.interactive.find(
            APIKeyStatements.get, [PostgresValue(organization), PostgresValue(id)], Self.key)
    }

    fileprivate func revoke(_ organization: UUID?, _ id: UUID) async throws(StoreError) {
        let count = try await pools.interactive.run(
            APIKeyStatements.revoke, [PostgresValue(organization), PostgresValue(id)])
        guard count == 1 else { throw .notFound }
    }

    private static func key(_ row: Row) throws(PostgresError) -> APIKey {
        var columns = Columns(row)
        let (id, organization, keyId) = (try columns.id(), try columns.optionalId(), try columns.text())
        let spec = APIKeySpec(
            name: try columns.text(), role: try columns.choice(), expiresAt: try columns.optionalTime())
        var key = APIKey(
            id: id, organizationId: organization, keyId: keyId, spec: spec, createdAt: try columns.time())
        key.revokedAt = try columns.optionalTime()
        key.lastUsedAt = try columns.optionalTime()
        return key
    }
}

extension TenantScope {
    package func createAPIKey(
        _ spec: APIKeySpec, keyId: String, secretHash: [UInt8]
    ) async throws(StoreError) -> APIKey {
        try await store.createKey(organizationId, spec, keyId, secretHash)
    }

    package func apiKeys(_ page: PageRequest) async throws(StoreError) -> Page<APIKey> {
        try await store.keys(organizationId, page)
    }

    package func apiKey(_ id: UUID) async throws(StoreError) -> APIKey { try await store.key(organizationId, id) }

    /// Revoking twice is harmless.
    package func revokeAPIKey(_ id: UUID) async throws(StoreError) { try await store.revoke(organizationId, id) }
}
