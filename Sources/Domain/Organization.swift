package import JSON

/// The tenant. Everything else belongs to exactly one.
package struct Organization: Sendable, Equatable {
    package let id: UUID
    package let spec: OrganizationSpec
    package let version: Int
    package let createdAt: Timestamp

    package init(id: UUID, spec: OrganizationSpec, version: Int, createdAt: Timestamp) {
        self.id = id
        self.spec = spec
        self.version = version
        self.createdAt = createdAt
    }

    package var json: JSON {
        var object: JSONObject = ["id": JSON(id)]
        object.append(spec.json)
        object["createdAt"] = JSON(createdAt)
        return JSON(object)
    }
}

/// What a client sets of an organization.
package struct OrganizationSpec: ResourceSpec {
    package var name: String

    package init(name: String) { self.name = name }

    package init?(_ fields: inout Fields) {
        guard let name = fields.displayName("name") else { return nil }
        self.name = name
    }

    package var json: JSONObject { ["name": .string(name)] }
}

extension JSONObject {
    /// Sets each member of `other`.
    package mutating func append(_ other: JSONObject) {
        for member in other.members { self[member.name] = member.value }
    }
}
