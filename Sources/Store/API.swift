package import Domain
package import JSON

extension Store {
    // organizations (platform keys)
    package func createOrganization(_ spec: OrganizationSpec) async throws(StoreError) -> Organization { throw .notFound }
    package func organization(_ id: UUID) async throws(StoreError) -> Organization { throw .notFound }
    package func organization(named name: String) async throws(StoreError) -> Organization? { throw .notFound }
    package func organizations(_ page: PageRequest) async throws(StoreError) -> Page<Organization> { throw .notFound }
    /// `expectedVersion` nil: any (If-Match: *).
    package func updateOrganization(_ id: UUID, to spec: OrganizationSpec, expectedVersion: Int?) async throws(StoreError) -> Organization { throw .notFound }
    package func deleteOrganization(_ id: UUID, expectedVersion: Int?) async throws(StoreError) { throw .notFound }

    // platform keys and look-up
    package func createPlatformKey(_ spec: APIKeySpec, keyId: String, secretHash: [UInt8]) async throws(StoreError) -> APIKey { throw .notFound }
    package func platformKeys(_ page: PageRequest) async throws(StoreError) -> Page<APIKey> { throw .notFound }
    package func revokePlatformKey(_ id: UUID) async throws(StoreError) { throw .notFound }
    /// Nil when there is none; also gives revoked and expired ones: see `APIKey.isUsable`.
    package func findAPIKey(keyId: String) async throws(StoreError) -> StoredAPIKey? { throw .notFound }
    /// Coarse: writes at most once a minute per key.
    package func noteAPIKeyUse(keyId: String) async throws(StoreError) { throw .notFound }

    // ingest
    package func findArchive(calledAET: String) async throws(StoreError) -> Archive? { throw .notFound }
    package func recordInstances(_ instances: [NewInstance]) async throws(StoreError) -> [RecordOutcome] { throw .notFound }
    package func saveDueStudies(limit: Int) async throws(StoreError) -> [SaveResult] { throw .notFound }

    // queue
    package func claimDeliveries(owner: UUID, limit: Int) async throws(StoreError) -> [ClaimedDelivery] { throw .notFound }
    /// The leases that are still this worker's, each now 30 s from now.
    package func renewLeases(owner: UUID) async throws(StoreError) -> [DeliveryLease] { throw .notFound }
    package func checkpoint(_ lease: DeliveryLease, _ progress: DeliveryProgress) async throws(StoreError) { throw .notFound }
    package func complete(_ lease: DeliveryLease, _ completion: DeliveryCompletion) async throws(StoreError) { throw .notFound }
    package func reschedule(_ lease: DeliveryLease, _ reschedule: DeliveryReschedule) async throws(StoreError) { throw .notFound }
    /// Gives a delivery back at once, without a trace: for shutdown.
    package func release(_ lease: DeliveryLease, _ progress: DeliveryProgress) async throws(StoreError) { throw .notFound }
    package func rescueExpired(limit: Int) async throws(StoreError) -> RescueResult { throw .notFound }
    package func loadForwardingPlan(_ lease: DeliveryLease) async throws(StoreError) -> ForwardingPlan { throw .notFound }

    // webhooks outbox
    /// Each is this caller's for 60 s.
    package func claimWebhookEvents(limit: Int) async throws(StoreError) -> [ClaimedWebhookEvent] { throw .notFound }
    package func completeWebhookEvent(organizationId: UUID, id: UUID) async throws(StoreError) { throw .notFound }
    /// Nil `after`: give up.
    package func failWebhookEvent(organizationId: UUID, id: UUID, error: String, after: Duration?) async throws(StoreError) { throw .notFound }

    // installation
    package func figures() async throws(StoreError) -> StoreFigures { throw .notFound }
    /// A cheap round trip, for /readyz.
    package func ping() async throws(StoreError) { throw .notFound }
    /// What proves that the master key is the right one; kept at the first call, later calls give what was kept.
    package func masterKeyCheck(keepingIfNone ciphertext: [UInt8]) async throws(StoreError) -> [UInt8] { throw .notFound }
    /// Forgets answers to idempotent requests older than 24 h; gives their number.
    package func purgeIdempotency() async throws(StoreError) -> Int { throw .notFound }
}

extension TenantScope {
    package func createAPIKey(_ spec: APIKeySpec, keyId: String, secretHash: [UInt8]) async throws(StoreError) -> APIKey { throw .notFound }
    package func apiKeys(_ page: PageRequest) async throws(StoreError) -> Page<APIKey> { throw .notFound }
    package func revokeAPIKey(_ id: UUID) async throws(StoreError) { throw .notFound }

    /// With its first certificates, in one transaction. Certificates are loaded with each connection returned.
    package func createConnection(id: UUID, _ spec: ConnectionSpec, certificates: [NewCertificate]) async throws(StoreError) -> Connection { throw .notFound }
    package func connection(_ id: UUID) async throws(StoreError) -> Connection { throw .notFound }
    package func connections(_ page: PageRequest) async throws(StoreError) -> Page<Connection> { throw .notFound }
    package func updateConnection(_ id: UUID, to spec: ConnectionSpec, expectedVersion: Int?) async throws(StoreError) -> Connection { throw .notFound }
    package func deleteConnection(_ id: UUID, expectedVersion: Int?) async throws(StoreError) { throw .notFound }

    package func addCertificate(_ new: NewCertificate, to connectionId: UUID) async throws(StoreError) -> Certificate { throw .notFound }
    package func certificates(of connectionId: UUID) async throws(StoreError) -> [Certificate] { throw .notFound }
    package func certificate(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> StoredCertificate { throw .notFound }
    /// Makes it `active` and the one that was so `retired`, for its purpose.
    package func activateCertificate(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> Certificate { throw .notFound }
    /// The private key, once: notes the time, then `conflict(field: "keyDownloadedAt")`. The ciphertext is forgotten with it.
    package func takePrivateKey(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> StoredCertificate { throw .notFound }

    package func createIntegration(_ spec: IntegrationSpec) async throws(StoreError) -> Integration { throw .notFound }
    package func integration(_ id: UUID) async throws(StoreError) -> Integration { throw .notFound }
    package func integrations(_ page: PageRequest) async throws(StoreError) -> Page<Integration> { throw .notFound }
    package func updateIntegration(_ id: UUID, to spec: IntegrationSpec, expectedVersion: Int?) async throws(StoreError) -> Integration { throw .notFound }
    package func setIntegrationState(_ id: UUID, _ state: Integration.State) async throws(StoreError) -> Integration { throw .notFound }
    package func deleteIntegration(_ id: UUID, expectedVersion: Int?) async throws(StoreError) { throw .notFound }

    package func createArchive(_ spec: ArchiveSpec) async throws(StoreError) -> Archive { throw .notFound }
    package func archive(_ id: UUID) async throws(StoreError) -> Archive { throw .notFound }
    package func archives(_ page: PageRequest) async throws(StoreError) -> Page<Archive> { throw .notFound }
    package func updateArchive(_ id: UUID, to spec: ArchiveSpec, expectedVersion: Int?) async throws(StoreError) -> Archive { throw .notFound }
    package func setDestinations(_ archiveId: UUID, _ integrationIds: [UUID], expectedVersion: Int?) async throws(StoreError) -> Archive { throw .notFound }
    package func deleteArchive(_ id: UUID, expectedVersion: Int?) async throws(StoreError) { throw .notFound }

    package func createWebhook(id: UUID, _ spec: WebhookSpec, secretCiphertext: [UInt8]) async throws(StoreError) -> Webhook { throw .notFound }
    package func webhook(_ id: UUID) async throws(StoreError) -> Webhook { throw .notFound }
    package func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<Webhook> { throw .notFound }
    package func updateWebhook(_ id: UUID, to spec: WebhookSpec, expectedVersion: Int?) async throws(StoreError) -> Webhook { throw .notFound }
    package func deleteWebhook(_ id: UUID, expectedVersion: Int?) async throws(StoreError) { throw .notFound }
    /// An event for this webhook alone, whatever it wants; gives the event's id.
    package func enqueueTestEvent(webhook id: UUID) async throws(StoreError) -> UUID { throw .notFound }

    package func studies(_ filter: StudyFilter, _ page: PageRequest) async throws(StoreError) -> Page<Study> { throw .notFound }
    package func study(_ id: UUID) async throws(StoreError) -> Study { throw .notFound }
    package func study(archiveId: UUID, studyInstanceUID: String) async throws(StoreError) -> Study { throw .notFound }
    /// Freezes what is new and creates its deliveries; again without new instances it creates nothing.
    package func saveStudy(_ id: UUID) async throws(StoreError) -> SaveResult { throw .notFound }
    /// Resends; deliveries still under way are not doubled. `conflict` while the study is not saved.
    package func forward(_ studyId: UUID, _ selection: ForwardSelection) async throws(StoreError) -> [SaveResult.NewDelivery] { throw .notFound }

    package func deliveries(_ filter: DeliveryFilter, _ page: PageRequest) async throws(StoreError) -> Page<Delivery> { throw .notFound }
    /// With instances and attempts.
    package func delivery(_ id: UUID) async throws(StoreError) -> Delivery { throw .notFound }
    /// Failed, cancelled or waiting: now, with attempts counted anew; instances that arrived are not sent again.
    package func retryDelivery(_ id: UUID) async throws(StoreError) -> Delivery { throw .notFound }
    package func cancelDelivery(_ id: UUID) async throws(StoreError) -> Delivery { throw .notFound }

    package func ledger(_ filter: LedgerFilter, _ page: PageRequest) async throws(StoreError) -> Page<LedgerEntry> { throw .notFound }
    package func auditEvents(_ filter: AuditFilter, _ page: PageRequest) async throws(StoreError) -> Page<AuditEvent> { throw .notFound }
    package func appendAudit(_ events: [AuditEvent]) async throws(StoreError) { throw .notFound }

    package func beginIdempotent(key: String, requestHash: [UInt8]) async throws(StoreError) -> IdempotencyOutcome { throw .notFound }
    package func finishIdempotent(key: String, response: StoredResponse) async throws(StoreError) { throw .notFound }
    package func abandonIdempotent(key: String) async throws(StoreError) { throw .notFound }
}
