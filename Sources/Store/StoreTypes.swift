package import Domain
package import JSON

/// A part of a list.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    /// For the next page; nil at the end.
    package var nextCursor: String?

    package init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// Which part of a list is wanted.
package struct PageRequest: Sendable {
    package static let limitMax = 200

    package var limit: Int
    /// From `Page.nextCursor`; nil for the first page.
    package var cursor: String?

    /// The limit is brought into 1...200.
    package init(limit: Int = 50, cursor: String? = nil) {
        self.limit = min(max(limit, 1), Self.limitMax)
        self.cursor = cursor
    }
}

/// A key with what is needed to check its secret.
package struct StoredAPIKey: Sendable {
    package let key: APIKey
    /// SHA-256 of the secret.
    package let secretHash: [UInt8]
}

/// A webhook with its signing secret, encrypted.
package struct StoredWebhook: Sendable {
    package let webhook: Webhook
    package let secretCiphertext: [UInt8]
}

/// A certificate to be kept with a connection.
package struct NewCertificate: Sendable {
    /// Made by the caller: it is part of what the ciphertext is bound to.
    package let id: UUID
    package var issued: IssuedCertificate
    package var state: Certificate.State
    package var privateKeyCiphertext: [UInt8]?

    package init(
        id: UUID, issued: IssuedCertificate, state: Certificate.State = .next, privateKeyCiphertext: [UInt8]? = nil
    ) {
        self.id = id
        self.issued = issued
        self.state = state
        self.privateKeyCiphertext = privateKeyCiphertext
    }
}

/// A certificate with its private key, if we hold one.
package struct StoredCertificate: Sendable {
    package let certificate: Certificate
    package let privateKeyCiphertext: [UInt8]?
}

// MARK: Ingest

/// An instance whose bytes are durable already.
package struct NewInstance: Sendable {
    package var organizationId: UUID
    package var archiveId: UUID
    /// Its `id` is made by the caller; a call with the same ids again has the same outcome.
    package var instance: Instance
    package var patient = PatientSummary()
    package var study = StudySummary()
    package var modality = ""

    package init(organizationId: UUID, archiveId: UUID, instance: Instance) {
        self.organizationId = organizationId
        self.archiveId = archiveId
        self.instance = instance
    }
}

/// What became of a `NewInstance`.
package enum RecordOutcome: Sendable, Equatable {
    /// The row is committed.
    case stored(studyId: UUID)
    /// The archive had it already, byte for byte: a success to the sender; the new blob is of no use.
    case duplicateSameDigest(existing: UUID, studyId: UUID)
    /// The archive has another object under the same SOP Instance UID, which stays.
    case conflictDifferentDigest(existing: UUID, studyId: UUID)
    /// There is no such archive (any more).
    case unknownArchive
}

/// What a save did.
package struct SaveResult: Sendable, Equatable {
    package struct NewDelivery: Sendable, Equatable {
        package let id: UUID
        package let integrationId: UUID
    }

    package let organizationId: UUID
    package let studyId: UUID
    /// Nil when there was no instance that an earlier manifest did not hold: nothing was created.
    package let manifestVersion: Int?
    package let instanceCount: Int
    package let deliveries: [NewDelivery]
}

/// What to send again.
package enum ForwardSelection: Sendable, Equatable {
    /// All manifests to all destinations of the archive.
    case all
    /// All manifests to these.
    case integrations([UUID])
    /// What failed or was cancelled last, without the instances that arrived.
    case failedOnly
}

// MARK: Forwarding

/// The right to work on a delivery; each write states it.
package struct DeliveryLease: Hashable, Sendable {
    package let organizationId: UUID
    package let deliveryId: UUID
    /// Boot id of the worker process.
    package let owner: UUID
    package let epoch: Int64

    package init(organizationId: UUID, deliveryId: UUID, owner: UUID, epoch: Int64) {
        self.organizationId = organizationId
        self.deliveryId = deliveryId
        self.owner = owner
        self.epoch = epoch
    }
}

package struct ClaimedDelivery: Sendable {
    package let lease: DeliveryLease
    package let studyId: UUID
    package let integrationId: UUID
    package let manifestId: UUID
    /// Attempts that counted before this one.
    package let attempt: Int
    package let rescueCount: Int
    package let done: InstanceBitmap
    /// Failures in a row of the destination as a whole.
    package let laneFailures: Int
}

/// Everything needed to forward, as of now.
package struct ForwardingPlan: Sendable {
    package let delivery: Delivery
    package let done: InstanceBitmap
    /// Of earlier attempts.
    package let exceptions: [InstanceException]
    /// Of earlier attempts.
    package let changes: [InstanceChange]
    package let studyInstanceUID: String
    package let integration: Integration
    package let connection: Connection
    /// Of the site's server, `next` and `active`.
    package let pins: [Certificate]
    /// To show when `connection.spec.tls.clientCertificate` is `generate`.
    package let clientCertificate: StoredCertificate?
    package let manifest: Manifest
    /// In the order of the manifest: `instances[ordinal]`.
    package let instances: [Instance]
}

/// Progress to keep.
package struct DeliveryProgress: Sendable {
    package var done: InstanceBitmap
    /// All that are known; they replace those stored under the same ordinal. One whose bit is set is a warning, else a
    /// failure.
    package var exceptions: [InstanceException]
    /// Those to be written; they replace those stored under the same ordinal.
    package var changes: [InstanceChange]

    package init(
        done: InstanceBitmap, exceptions: [InstanceException] = [], changes: [InstanceChange] = []
    ) {
        self.done = done
        self.exceptions = exceptions
        self.changes = changes
    }
}

/// The end of a delivery.
package struct DeliveryCompletion: Sendable {
    /// `delivered`, `deliveredWithWarnings` or `failed`.
    package var state: Delivery.State
    package var progress: DeliveryProgress
    package var error: DeliveryError?
    package var attempt: Attempt
    package var ledger: [LedgerEntry] = []
    package var webhookEvents: [NewWebhookEvent] = []

    package init(state: Delivery.State, progress: DeliveryProgress, error: DeliveryError? = nil, attempt: Attempt) {
        self.state = state
        self.progress = progress
        self.error = error
        self.attempt = attempt
    }
}

/// A delivery that goes back in line.
package struct DeliveryReschedule: Sendable {
    /// From now, by the clock of the database.
    package var delay: Duration
    package var progress: DeliveryProgress
    package var error: DeliveryError?
    /// False for failures of the lane: the whole lane then waits for `delay`.
    package var countsAttempt: Bool
    package var attempt: Attempt?
    package var ledger: [LedgerEntry] = []

    package init(after delay: Duration, progress: DeliveryProgress, error: DeliveryError?, countsAttempt: Bool) {
        self.delay = delay
        self.progress = progress
        self.error = error
        self.countsAttempt = countsAttempt
    }
}

package struct RescueResult: Sendable, Equatable {
    /// Back in line.
    package let rescued: Int
    /// Given up as `failed`: a worker was lost with it five times.
    package let quarantined: Int
}

/// How a destination as a whole is doing.
package struct LaneStatus: Sendable, Equatable {
    /// Nothing is tried before; nil: at any time.
    package let nextAt: Timestamp?
    /// In a row.
    package let failures: Int
    /// Of the latest failure, while `failures` is not 0.
    package let lastError: DeliveryError?
    /// Ready or waiting.
    package let deliveriesQueued: Int
}

// MARK: Lists

package struct StudyFilter: Sendable {
    package var archiveId: UUID?
    package var state: Study.State?
    package var patientId: String?
    package var studyInstanceUID: String?
    /// DICOM DA, inclusive.
    package var dateFrom: String?
    package var dateTo: String?

    package init() {}
}

package struct DeliveryFilter: Sendable {
    package var state: Delivery.State?
    package var studyId: UUID?
    package var integrationId: UUID?
    /// Created at or after.
    package var since: Timestamp?

    package init() {}
}

package struct LedgerFilter: Sendable {
    package var deliveryId: UUID?
    package var studyInstanceUID: String?
    package var integrationId: UUID?
    package var since: Timestamp?

    package init() {}
}

package struct AuditFilter: Sendable {
    package var objectId: UUID?
    package var action: String?
    package var since: Timestamp?

    package init() {}
}

// MARK: Webhooks, idempotency, figures

/// Goes to each active webhook of the organization that wants its kind.
package struct NewWebhookEvent: Sendable {
    package var kind: WebhookEventKind
    package var payload: JSON

    package init(kind: WebhookEventKind, payload: JSON) {
        self.kind = kind
        self.payload = payload
    }
}

/// An event to be posted now.
package struct ClaimedWebhookEvent: Sendable {
    package let organizationId: UUID
    package let id: UUID
    package let webhook: StoredWebhook
    package let kind: String
    package let payload: JSON
    package let createdAt: Timestamp
    /// Attempts including this one.
    package let attempt: Int
}

/// An answer kept for a request that may come again.
package struct StoredResponse: Sendable, Equatable {
    package var status: Int
    /// Such as `location`, `etag`.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

package enum IdempotencyOutcome: Sendable, Equatable {
    /// Go ahead, then call `finishIdempotent` or `abandonIdempotent`.
    case proceed
    /// It was done before.
    case replay(StoredResponse)
    /// The key was used for another request (422).
    case differentRequest
    /// The first one is still running (409).
    case running
}

/// For /metrics: cheap, of the whole installation.
package struct StoreFigures: Sendable {
    package let deliveriesReady: Int
    package let deliveriesWaiting: Int
    package let deliveriesSending: Int
    package let deliveriesFailed: Int
    package let oldestReadyAge: Duration
    package let studiesReceiving: Int
    package let webhookEventsPending: Int
}
