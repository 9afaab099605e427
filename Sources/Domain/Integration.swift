package import JSON

/// A DICOM service over a connection.
package struct Integration: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case pacs, worklist }
    package enum State: String, Sendable, CaseIterable { case active, paused }

    package let id: UUID
    package let organizationId: UUID
    package let spec: IntegrationSpec
    package var state: State
    package let version: Int
    package let createdAt: Timestamp

    package init(id: UUID, organizationId: UUID, spec: IntegrationSpec, version: Int, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        self.spec = spec
        state = spec.state
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

/// What a client sets of an integration.
package struct IntegrationSpec: ResourceSpec {
    package var name: String
    package var kind = Integration.Kind.pacs
    package var connectionId: UUID
    package var callingAET = "CAUSEWAY"
    package var calledAET: String
    package var port: Int
    package var compression = CompressionPolicy()
    /// Associations open at the same time.
    package var associationsMax = 4
    package var state = Integration.State.active

    package init(name: String, connectionId: UUID, calledAET: String, port: Int) {
        self.name = name
        self.connectionId = connectionId
        self.calledAET = calledAET
        self.port = port
    }

    package init?(_ fields: inout Fields) {
        let name = fields.displayName("name")
        kind = fields.choice("type") ?? kind
        let connectionId = fields.uuid("connectionId", .required)
        callingAET = fields.applicationEntity("callingAET") ?? callingAET
        let calledAET = fields.applicationEntity("calledAET", .required)
        let port = fields.int("port", .required, 1...65535)
        compression = fields.object("compression") { CompressionPolicy(&$0) } ?? compression
        associationsMax =
            fields.object("limits") { limits in
                let count = limits.int("associations", .optional, 1...64)
                limits.rejectUnknown()
                return count
            }.flatMap { $0 } ?? associationsMax
        state = fields.choice("state") ?? state
        guard let name, let connectionId, let calledAET, let port else { return nil }
        self.name = name
        self.connectionId = connectionId
        self.calledAET = calledAET
        self.port = port
    }

    package var json: JSONObject {
        [
            "name": .string(name), "type": .string(kind.rawValue), "connectionId": JSON(connectionId),
            "callingAET": .string(callingAET), "calledAET": .string(calledAET), "port": JSON(port),
            "compression": compression.json, "limits": ["associations": JSON(associationsMax)],
            "state": .string(state.rawValue),
        ]
    }
}
