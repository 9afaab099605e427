package import JSON

/// One manifest to one integration.
package struct Delivery: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// In line.
        case ready
        /// In line, but not before `nextAt`: an attempt failed, or the destination is being left alone.
        case waiting
        /// A worker has it under a lease.
        case sending
        case delivered, deliveredWithWarnings, failed, cancelled

        /// Where each state may go. A retry is `failed` or `cancelled` to `ready`; a rescue is `sending` to `ready`.
        package static let transitions: [State: Set<State>] = [
            .ready: [.sending, .cancelled],
            .waiting: [.ready, .sending, .cancelled],
            .sending: [.ready, .waiting, .delivered, .deliveredWithWarnings, .failed, .cancelled],
            .delivered: [],
            .deliveredWithWarnings: [],
            .failed: [.ready],
            .cancelled: [.ready],
        ]

        package func mayBecome(_ next: State) -> Bool { Self.transitions[self]?.contains(next) ?? false }

        /// No worker will touch it again unless a person asks.
        package var isFinal: Bool {
            switch self {
            case .ready, .waiting, .sending: false
            case .delivered, .deliveredWithWarnings, .failed, .cancelled: true
            }
        }
    }

    package let id: UUID
    package let organizationId: UUID
    package let studyId: UUID
    package let integrationId: UUID
    package let manifestId: UUID
    package let createdAt: Timestamp
    package var manifestVersion = 1
    /// 0 for the delivery that the save made; each resend counts up.
    package var replayNumber = 0
    package var state = State.ready
    package var instanceCount = 0
    package var deliveredCount = 0
    package var warnedCount = 0
    package var failedCount = 0
    /// Attempts that counted.
    package var attempt = 0
    /// How often a worker was lost while it had this.
    package var rescueCount = 0
    package var nextAt: Timestamp?
    package var finishedAt: Timestamp?
    package var lastError: DeliveryError?
    /// Newest first; only when one delivery is read.
    package var attempts: [Attempt] = []
    /// In the order of the manifest; only when one delivery is read.
    package var instances: [DeliveryInstance] = []

    package init(id: UUID, organizationId: UUID, of keys: DeliveryKeys, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        studyId = keys.studyId
        integrationId = keys.integrationId
        manifestId = keys.manifestId
        self.createdAt = createdAt
    }

    package var json: JSON {
        [
            "id": JSON(id), "studyId": JSON(studyId), "integrationId": JSON(integrationId),
            "manifestVersion": JSON(manifestVersion), "replayNumber": JSON(replayNumber),
            "state": .string(state.rawValue),
            "instances": [
                "total": JSON(instanceCount), "delivered": JSON(deliveredCount), "failed": JSON(failedCount),
                "warned": JSON(warnedCount),
            ],
            "attempt": JSON(attempt), "nextAt": JSON(nextAt), "createdAt": JSON(createdAt),
            "finishedAt": JSON(finishedAt), "lastError": lastError?.json ?? .null,
            "attempts": .array(attempts.map(\.json)), "details": .array(instances.map(\.json)),
        ]
    }
}

/// What a delivery carries whereto.
package struct DeliveryKeys: Sendable, Equatable {
    package let studyId: UUID
    package let integrationId: UUID
    package let manifestId: UUID

    package init(studyId: UUID, integrationId: UUID, manifestId: UUID) {
        self.studyId = studyId
        self.integrationId = integrationId
        self.manifestId = manifestId
    }
}

/// The state of one instance within a delivery.
package struct DeliveryInstance: Sendable, Equatable {
    package let ordinal: Int
    package let instanceId: UUID
    package let sopInstanceUID: String
    package let isDelivered: Bool
    /// Set when the destination answered with something else than success.
    package let exception: InstanceException?
    /// Set when it went out otherwise than stored.
    package var change: InstanceChange?

    package init(
        ordinal: Int, instanceId: UUID, sopInstanceUID: String, isDelivered: Bool, exception: InstanceException?
    ) {
        self.ordinal = ordinal
        self.instanceId = instanceId
        self.sopInstanceUID = sopInstanceUID
        self.isDelivered = isDelivered
        self.exception = exception
    }

    package var json: JSON {
        let state =
            isDelivered
            ? exception == nil ? "delivered" : "deliveredWithWarnings"
            : exception == nil ? "pending" : "failed"
        return [
            "ordinal": JSON(ordinal), "instanceId": JSON(instanceId), "sopInstanceUID": .string(sopInstanceUID),
            "state": .string(state), "status": JSON(exception.map { Int($0.status) }), "message": JSON(exception?.text),
            "change": change?.json ?? .null,
        ]
    }
}

/// What the destination said of an instance when it was not plain success.
package struct InstanceException: Sendable, Equatable {
    package var ordinal: Int
    /// DIMSE status (PS3.7 annex C); 0 when the instance was never sent.
    package var status: UInt16
    package var attempts: Int
    package var text: String

    package init(ordinal: Int, status: UInt16, attempts: Int = 1, text: String) {
        self.ordinal = ordinal
        self.status = status
        self.attempts = attempts
        self.text = text
    }
}

/// Why a delivery did not succeed, in words for the person on call.
package struct DeliveryError: Error, Sendable, Equatable {
    package enum Class: String, Sendable, CaseIterable {
        /// The host does not resolve.
        case resolve
        /// The address is not one we may connect to.
        case addressRefused
        case connect, tls
        case associationRejected, aborted, timeout
        /// No presentation context was accepted for an instance.
        case notAccepted
        /// A7xx: the destination is full or busy.
        case outOfResources
        /// The destination refused an instance for good.
        case instanceRejected
        /// Pixels could not be converted as the integration demands.
        case compression
        /// Stored bytes are missing or damaged.
        case storage
        /// The integration or connection lacks something.
        case configuration
        /// The worker was lost again and again.
        case interrupted
        case `internal`
    }

    package var `class`: Class
    /// What happened, one sentence.
    package var message: String
    /// What to do, one sentence.
    package var advice: String
    /// DIMSE status, if one was received.
    package var status: UInt16?

    package init(_ class: Class, _ message: String, advice: String, status: UInt16? = nil) {
        self.class = `class`
        self.message = message
        self.advice = advice
        self.status = status
    }

    /// The destination as a whole is at fault: the lane waits, and the delivery loses no attempt.
    package var isLaneLevel: Bool {
        switch self.class {
        case .resolve, .addressRefused, .connect, .tls, .associationRejected, .outOfResources, .configuration: true
        case .aborted, .timeout, .notAccepted, .instanceRejected, .compression, .storage, .interrupted, .internal: false
        }
    }

    package var json: JSON {
        [
            "class": .string(self.class.rawValue), "message": .string(message), "advice": .string(advice),
            "status": JSON(status.map { Int($0) }),
        ]
    }

    /// From `json`, as stored; nil for anything else.
    package init?(json: JSON) {
        guard let name = json["class"]?.string, let `class` = Class(rawValue: name),
            let message = json["message"]?.string, let advice = json["advice"]?.string
        else { return nil }
        self.init(`class`, message, advice: advice, status: json["status"]?.int.flatMap { UInt16(exactly: $0) })
    }
}

/// One association (or HTTP exchange) that worked on a delivery.
package struct Attempt: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable { case succeeded, partial, failed }

    package let id: UUID
    package let startedAt: Timestamp
    package var endedAt: Timestamp
    package var outcome: Outcome
    package var instancesSent: Int
    package var byteCount: Int
    package var error: DeliveryError?
    /// Whatever helps to understand it: negotiated contexts, TLS version, timings.
    package var detail: JSON

    package init(id: UUID, startedAt: Timestamp, endedAt: Timestamp, outcome: Outcome) {
        self.id = id
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        instancesSent = 0
        byteCount = 0
        detail = .null
    }

    package var json: JSON {
        [
            "id": JSON(id), "startedAt": JSON(startedAt), "endedAt": JSON(endedAt),
            "outcome": .string(outcome.rawValue), "instancesSent": JSON(instancesSent), "bytes": JSON(byteCount),
            "error": error?.json ?? .null, "detail": detail,
        ]
    }
}
