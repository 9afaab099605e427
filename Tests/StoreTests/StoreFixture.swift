import DatabaseSupport
import Domain
import JSON
import Postgres
import Reactor
import Store

/// A migrated database with one organization that has a connection, an integration and an archive which forwards to it.
struct StoreFixture: Sendable {
    let database: TestDatabase
    let store: Store
    let scope: TenantScope
    let connection: Connection
    let integration: Integration
    let archive: Archive

    static func run(_ body: (StoreFixture) async throws -> Void) async throws {
        try await TestDatabase.run(Migrations.all) { database in
            let store = Store(pool: database.pool)
            try await body(try await make(database, store, name: "Clinic"))
        }
    }

    /// The same for another organization beside it.
    func neighbor() async throws -> StoreFixture { try await Self.make(database, store, name: "Neighbor") }

    private static func make(_ database: TestDatabase, _ store: Store, name: String) async throws -> StoreFixture {
        let scope = store.scope(try await store.createOrganization(OrganizationSpec(name: name)).id)
        let connection = try await scope.createConnection(
            id: newId(), ConnectionSpec(name: "Main", host: "pacs.example"), certificates: [])
        let integration = try await scope.createIntegration(
            IntegrationSpec(name: "PACS", connectionId: connection.id, calledAET: "PACS", port: 2761))
        let archive = try await scope.createArchive(ArchiveSpec(name: "Sonography", destinations: [integration.id]))
        return StoreFixture(
            database: database, store: store, scope: scope, connection: connection, integration: integration,
            archive: archive)
    }

    static func newId() -> UUID { UUID.v7(at: Timestamp(microseconds: WallClock.microseconds)) }

    func instance(_ number: Int, study: String = "1.2.3", digest: UInt8 = 1) -> NewInstance {
        let identity = InstanceIdentity(
            studyInstanceUID: study, seriesInstanceUID: "\(study).1", sopInstanceUID: "\(study).1.\(number)",
            sopClassUID: "1.2.840.10008.5.1.4.1.1.6.1")
        let id = Self.newId()
        let blob = InstanceBlob(
            key: "blob/\(id)", byteCount: 1000 + number, digest: Array(repeating: digest, count: 32),
            transferSyntaxUID: "1.2.840.10008.1.2.1")
        var instance = Instance(id: id, identity: identity, blob: blob)
        instance.instanceNumber = number
        instance.seriesNumber = 1
        var new = NewInstance(organizationId: scope.organizationId, archiveId: archive.id, instance: instance)
        new.patient = PatientSummary(patientId: "P1", patientName: "DOE^JANE")
        new.study = StudySummary(date: "20260131")
        new.modality = "US"
        return new
    }

    /// Records instances of those numbers; the study.
    @discardableResult
    func record(_ numbers: ClosedRange<Int>, study: String = "1.2.3") async throws -> UUID {
        let outcomes = try await store.recordInstances(numbers.map { instance($0, study: study) })
        guard case .stored(let id) = outcomes[0] else { throw Unexpected(outcome: outcomes[0]) }
        return id
    }

    /// A saved study of `count` instances whose delivery is claimed.
    func claimed(_ count: Int = 3, owner: UUID = newId()) async throws -> ClaimedDelivery {
        _ = try await scope.saveStudy(try await record(1...count))
        let claims = try await store.claimDeliveries(owner: owner, limit: 10)
        guard let claim = claims.first else { throw Unexpected(outcome: nil) }
        return claim
    }

    /// SQL of the test's own, to move clocks.
    func run(_ sql: String) async throws {
        try await database.pool.runScript(sql, deadline: .after(.seconds(10)))
    }

    static func attempt(_ outcome: Attempt.Outcome = .succeeded) -> Attempt {
        let now = Timestamp(microseconds: WallClock.microseconds)
        return Attempt(id: newId(), startedAt: now, endedAt: now, outcome: outcome)
    }

    struct Unexpected: Error { let outcome: RecordOutcome? }
}

/// The error that `body` throws, or nil.
func storeError<T>(_ body: () async throws(StoreError) -> T) async -> StoreError? {
    do throws(StoreError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
