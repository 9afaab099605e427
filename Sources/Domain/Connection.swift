package import JSON

/// A transport end-point at the site.
package struct Connection: Sendable, Equatable {
    package let id: UUID
    package let organizationId: UUID
    package let spec: ConnectionSpec
    package let version: Int
    package let createdAt: Timestamp
    /// Those of the site's server that are not retired first; without keys.
    package var certificates: [Certificate] = []

    package init(id: UUID, organizationId: UUID, spec: ConnectionSpec, version: Int, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        self.spec = spec
        self.version = version
        self.createdAt = createdAt
    }

    package var json: JSON {
        var object: JSONObject = ["id": JSON(id)]
        object.append(spec.json)
        object["certificates"] = .array(certificates.map(\.json))
        object["createdAt"] = JSON(createdAt)
        return JSON(object)
    }
}

/// What a client sets of a connection. Whether the host may be reached is for the caller to judge.
package struct ConnectionSpec: ResourceSpec {
    package var name: String
    /// A DNS name or an address, as written.
    package var host: String
    package var tls: TLSSettings

    package init(name: String, host: String, tls: TLSSettings = TLSSettings()) {
        self.name = name
        self.host = host
        self.tls = tls
    }

    package init?(_ fields: inout Fields) {
        let name = fields.displayName("name")
        let host = fields.string("host", .required, 1...253)
        tls = fields.object("tls") { TLSSettings(&$0) } ?? TLSSettings()
        guard let name, let host else { return nil }
        self.name = name
        self.host = host
    }

    package var json: JSONObject { ["name": .string(name), "host": .string(host), "tls": tls.json] }
}

/// How a connection is protected.
package struct TLSSettings: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable { case active, inactive }

    /// Which versions and cipher suites (PS3.15 B.9, B.10, B.11).
    package enum Policy: String, Sendable, CaseIterable {
        case bcp195, tls12
        case bcp195Modified = "bcp195-modified"
    }

    /// By what the site's server is recognized.
    package enum Verification: String, Sendable, CaseIterable {
        /// Its certificate is one of those kept with the connection.
        case pin
        /// It has a certificate for the host by a public authority.
        case ca
        case none
    }

    /// Whether we show a certificate of our own.
    package enum ClientCertificate: String, Sendable, CaseIterable { case none, generate }

    package var mode = Mode.active
    package var policy = Policy.bcp195
    package var verification = Verification.pin
    package var clientCertificate = ClientCertificate.none

    package init() {}

    init(_ fields: inout Fields) {
        mode = fields.choice("mode") ?? mode
        policy = fields.choice("policy") ?? policy
        verification = fields.choice("verification") ?? verification
        clientCertificate = fields.choice("clientCertificate") ?? clientCertificate
        fields.rejectUnknown()
    }

    package var json: JSON {
        [
            "mode": .string(mode.rawValue), "policy": .string(policy.rawValue),
            "verification": .string(verification.rawValue), "clientCertificate": .string(clientCertificate.rawValue),
        ]
    }
}
