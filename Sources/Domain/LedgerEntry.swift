package import JSON

/// Proof of what was handed to whom, when, with which status. Never changed once written.
package struct LedgerEntry: Sendable, Equatable {
    /// How we know.
    package enum Assurance: Int, Sendable, CaseIterable {
        /// C-STORE-RSP.
        case response = 1
        /// Storage Commitment.
        case commitment = 2
        /// A query found it.
        case queryBack = 3
    }

    /// Statuses in the order of the manifest, run-length coded.
    package struct StatusRun: Sendable, Equatable {
        package let status: UInt16
        package let count: Int

        package init(status: UInt16, count: Int) {
            self.status = status
            self.count = count
        }
    }

    package let id: UUID
    package let deliveryId: UUID
    package var studyInstanceUID: String
    package var integrationId: UUID
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    package var destination: LedgerDestination
    package var outcome: Delivery.State
    package var statuses: [StatusRun]
    package var instanceCount: Int
    package var byteCount: Int
    package var manifestDigest: [UInt8]
    package var assurance = Assurance.response
    /// Changes made to pixels and the like, as JSON.
    package var changes: JSON = .null

    package init(id: UUID, deliveryId: UUID, keys: LedgerKeys, destination: LedgerDestination, outcome: Delivery.State)
    {
        self.id = id
        self.deliveryId = deliveryId
        studyInstanceUID = keys.studyInstanceUID
        integrationId = keys.integrationId
        startedAt = keys.startedAt
        endedAt = keys.endedAt
        manifestDigest = keys.manifestDigest
        self.destination = destination
        self.outcome = outcome
        statuses = []
        instanceCount = 0
        byteCount = 0
    }

    package var json: JSON {
        [
            "id": JSON(id), "deliveryId": JSON(deliveryId), "studyInstanceUID": .string(studyInstanceUID),
            "integrationId": JSON(integrationId), "startedAt": JSON(startedAt), "endedAt": JSON(endedAt),
            "destination": destination.json, "outcome": .string(outcome.rawValue),
            "statuses": .array(statuses.map { [JSON(Int($0.status)), JSON($0.count)] }),
            "instances": JSON(instanceCount), "bytes": JSON(byteCount),
            "manifestDigest": .string(Hexadecimal.text(manifestDigest)), "assurance": JSON(assurance.rawValue),
            "changes": changes,
        ]
    }
}

/// What a ledger entry is about.
package struct LedgerKeys: Sendable, Equatable {
    package var studyInstanceUID: String
    package var integrationId: UUID
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    package var manifestDigest: [UInt8]

    package init(
        studyInstanceUID: String, integrationId: UUID, startedAt: Timestamp, endedAt: Timestamp, manifestDigest: [UInt8]
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.integrationId = integrationId
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.manifestDigest = manifestDigest
    }
}

/// The destination as it was at that time.
package struct LedgerDestination: Sendable, Equatable {
    package var host: String
    package var port: Int
    package var callingAET: String
    package var calledAET: String
    /// Such as "TLSv1.3"; nil without TLS.
    package var tlsVersion: String?
    /// SHA-256 of the peer's certificate, lower-case hexadecimal.
    package var tlsPeerSHA256: String?

    package init(host: String, port: Int, callingAET: String, calledAET: String) {
        self.host = host
        self.port = port
        self.callingAET = callingAET
        self.calledAET = calledAET
    }

    package var json: JSON {
        [
            "host": .string(host), "port": JSON(port), "callingAET": .string(callingAET),
            "calledAET": .string(calledAET), "tlsVersion": JSON(tlsVersion), "tlsPeerSHA256": JSON(tlsPeerSHA256),
        ]
    }

    /// From `json`, as stored; nil for anything else.
    package init?(json: JSON) {
        guard let host = json["host"]?.string, let port = json["port"]?.int,
            let calling = json["callingAET"]?.string, let called = json["calledAET"]?.string
        else { return nil }
        self.init(host: host, port: port, callingAET: calling, calledAET: called)
        tlsVersion = json["tlsVersion"]?.string
        tlsPeerSHA256 = json["tlsPeerSHA256"]?.string
    }
}

/// Lower-case hexadecimal, as in JSON forms.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
