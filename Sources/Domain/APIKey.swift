package import JSON

/// What a key may do. Each role may do all that the following ones may, except that only admin and uploader may store
/// studies.
package enum APIKeyRole: String, Sendable, CaseIterable {
    case admin, `operator`, uploader, viewer
}

/// A bearer key, without its secret.
package struct APIKey: Sendable, Equatable {
    package let id: UUID
    /// Nil: a platform key, which names the organization in each request.
    package let organizationId: UUID?
    /// The part of the key that is no secret; finds the record.
    package let keyId: String
    package let name: String
    package let role: APIKeyRole
    package let createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// Coarse: written at most once a minute.
    package var lastUsedAt: Timestamp?

    package init(id: UUID, organizationId: UUID?, keyId: String, spec: APIKeySpec, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        self.keyId = keyId
        name = spec.name
        role = spec.role
        expiresAt = spec.expiresAt
        self.createdAt = createdAt
    }

    package var isPlatform: Bool { organizationId == nil }

    /// Neither revoked nor expired.
    package func isUsable(at now: Timestamp) -> Bool {
        revokedAt == nil && expiresAt.map { now < $0 } ?? true
    }

    package var json: JSON {
        [
            "id": JSON(id), "name": .string(name), "role": .string(role.rawValue), "keyId": .string(keyId),
            "platform": .bool(isPlatform), "createdAt": JSON(createdAt), "expiresAt": JSON(expiresAt),
            "revokedAt": JSON(revokedAt), "lastUsedAt": JSON(lastUsedAt),
        ]
    }
}

/// What a client sets when it asks for a key.
package struct APIKeySpec: ResourceSpec {
    package var name: String
    package var role: APIKeyRole
    package var expiresAt: Timestamp?

    package init(name: String, role: APIKeyRole, expiresAt: Timestamp? = nil) {
        self.name = name
        self.role = role
        self.expiresAt = expiresAt
    }

    package init?(_ fields: inout Fields) {
        let name = fields.displayName("name")
        let role = fields.choice("role", .required, of: APIKeyRole.self)
        expiresAt = fields.timestamp("expiresAt")
        guard let name, let role else { return nil }
        self.name = name
        self.role = role
    }

    package var json: JSONObject {
        ["name": .string(name), "role": .string(role.rawValue), "expiresAt": JSON(expiresAt)]
    }
}
