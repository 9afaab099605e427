package import JSON

/// A folder of studies, each forwarded to the destinations when it is saved.
package struct Archive: Sendable, Equatable {
    /// How studies reach the folder by C-STORE.
    package struct Receive: Sendable, Equatable {
        /// Unique in the whole installation.
        package var calledAET: String
        /// Empty: any.
        package var callingAETs: [String]

        package init(calledAET: String, callingAETs: [String] = []) {
            self.calledAET = calledAET
            self.callingAETs = callingAETs
        }

        /// Whether a peer that calls itself `callingAET` may store here.
        package func admits(callingAET: String) -> Bool {
            callingAETs.isEmpty || callingAETs.contains(AETitleRule.normalized(callingAET) ?? "")
        }

        package var json: JSON { ["calledAET": .string(calledAET), "callingAETs": JSON(callingAETs)] }
    }

    package let id: UUID
    package let organizationId: UUID
    package let spec: ArchiveSpec
    package let version: Int
    package let createdAt: Timestamp

    package init(id: UUID, organizationId: UUID, spec: ArchiveSpec, version: Int, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
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

/// What a client sets of an archive.
package struct ArchiveSpec: ResourceSpec {
    package static let destinationsMax = 100
    package static let nullableMembers: Set<String> = ["saveAfterQuietSeconds"]

    package var name: String
    /// Integrations, in the order given, without repetition.
    package var destinations: [UUID] = []
    /// A study to which nothing was added for this long is saved; 0: at once, as instances arrive; nil: only when
    /// asked.
    package var saveAfterQuietSeconds: Int? = 30
    package var receive: Archive.Receive?

    package init(name: String, destinations: [UUID] = []) {
        self.name = name
        self.destinations = destinations
    }

    package init?(_ fields: inout Fields) {
        let name = fields.displayName("name")
        destinations = Self.readDestinations(&fields, .optional) ?? []
        let quiet = fields.int("saveAfterQuietSeconds", .optional, 0...86_400)
        if fields.has("saveAfterQuietSeconds") { saveAfterQuietSeconds = quiet }
        receive = fields.object("receive", .optional, Self.readReceive).flatMap { $0 }
        guard let name else { return nil }
        self.name = name
    }

    /// The body of PUT to destinations: `{"destinations": [...]}`.
    package static func destinations(validating json: JSON) throws(InvalidFields) -> [UUID] {
        var fields = Fields(json)
        let ids = readDestinations(&fields, .required)
        fields.rejectUnknown()
        guard let ids, fields.errors.isEmpty else { throw InvalidFields(fields.errors) }
        return ids
    }

    private static func readDestinations(_ fields: inout Fields, _ presence: Fields.Presence) -> [UUID]? {
        guard
            let ids = fields.strings("destinations", presence, 0...destinationsMax, "must be a UUID", { UUID($0) })
        else { return nil }
        var seen = Set<UUID>()
        return ids.filter { seen.insert($0).inserted }
    }

    private static func readReceive(_ fields: inout Fields) -> Archive.Receive? {
        let called = fields.applicationEntity("calledAET", .required)
        let calling = fields.strings(
            "callingAETs", .optional, 0...100, AETitleRule.message, AETitleRule.normalized)
        fields.rejectUnknown()
        return called.map { Archive.Receive(calledAET: $0, callingAETs: calling ?? []) }
    }

    package var json: JSONObject {
        [
            "name": .string(name), "destinations": JSON(destinations),
            "saveAfterQuietSeconds": saveAfterQuietSeconds.map { JSON($0) } ?? .null, "receive": receive?.json ?? .null,
        ]
    }
}
