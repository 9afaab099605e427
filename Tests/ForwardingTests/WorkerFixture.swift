import BlobStore
import Bytes
import DICOM
import DICOMNetwork
import DatabaseSupport
import Domain
import JSON
import Logging
import Metrics
import Postgres
import Reactor
import Security
import Store
import TestSupport
import Testing

@testable import Forwarding

let ultrasound = "1.2.840.10008.5.1.4.1.1.6.1"

/// A database, a volume, and an archive that forwards to one integration at 127.0.0.1.
struct WorkerFixture: Sendable {
    let store: Store
    let scope: TenantScope
    let volume: LocalVolume
    let archive: Archive
    let integration: Integration
    let loop: EventLoop
    let loops: EventLoopGroup
    let metrics = Metrics()

    /// - Parameter server: makes the connection a TLS one, pinned to this certificate.
    static func run(
        server: Identity? = nil, port: @escaping @Sendable (EventLoop) async throws -> UInt16,
        _ body: @Sendable (WorkerFixture) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 2, name: "worker")
        defer { loops.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let loop = loops.loops[0]
        try await TestDatabase.run(Migrations.all) { database in
            let store = Store(pool: database.pool)
            let scope = store.scope(try await store.createOrganization(OrganizationSpec(name: "Clinic")).id)
            var connection = ConnectionSpec(name: "Main", host: "127.0.0.1")
            if server == nil { connection.tls.mode = .inactive }
            let certificates = try server.map { [try certificate($0)] } ?? []
            let created = try await scope.createConnection(id: newId(), connection, certificates: certificates)
            let chosen = try await onThe(loop) { try await port(loop) }
            let integration = try await scope.createIntegration(
                IntegrationSpec(name: "PACS", connectionId: created.id, calledAET: "PACS", port: Int(chosen)))
            let archive = try await scope.createArchive(ArchiveSpec(name: "Sono", destinations: [integration.id]))
            let volume = try LocalVolume(
                root: folder.path, key: Array(repeating: 7, count: 16), boot: "test", pool: TestDatabase.blockingPool)
            try await body(
                WorkerFixture(
                    store: store, scope: scope, volume: volume, archive: archive, integration: integration, loop: loop,
                    loops: loops))
        }
    }

    private static func certificate(_ identity: Identity) throws -> NewCertificate {
        let leaf = identity.leaf
        let end = Timestamp(microseconds: leaf.notAfter * 1_000_000)
        let facts = CertificateFacts(
            pem: leaf.pem, subject: leaf.subject, fingerprint: Hex.encode(leaf.fingerprintSHA256),
            spkiSHA256: Hex.encode(leaf.publicKeySHA256),
            validity: Timestamp(microseconds: leaf.notBefore * 1_000_000)...end)
        return NewCertificate(
            id: newId(),
            issued: IssuedCertificate(purpose: .server, source: .upload, facts: facts, hasPrivateKey: false),
            state: .active)
    }

    static func onThe<T: Sendable>(
        _ loop: EventLoop, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await Task(executorPreference: loop) { try await body() }.value
    }

    static func newId() -> UUID { UUID.v7(at: Timestamp(microseconds: WallClock.microseconds)) }

    /// The data set of an object of `byteCount` private bytes.
    static func dataSet(
        _ uid: String, study: String, byteCount: Int, _ syntax: TransferSyntax = .explicitVRLittleEndian
    ) throws -> [UInt8] {
        var set = DataSet()
        set.set(.sopClassUID, try #require(UID(ultrasound)))
        set.set(.sopInstanceUID, try #require(UID(uid)))
        set.set(.patientID, "P1")
        set.set(.studyInstanceUID, try #require(UID(study)))
        set.set(.seriesInstanceUID, try #require(UID("\(study).1")))
        set.set(.init(Tag(0x0009, 0x1010), .OB, .bytes(Array(repeating: 0x5A, count: byteCount))))
        return try DataSetWriter.encode(set, syntax)
    }

    /// Stores `count` objects on the volume and in the database; their blobs.
    func upload(_ count: Int, study: String = "1.2.3", byteCount: Int = 5000) async throws -> [Instance] {
        var news: [NewInstance] = []
        for number in 1...count {
            let uid = "\(study).1.\(number)"
            let id = Self.newId()
            let header = Part10.header(
                sopClass: try #require(UID(ultrasound)), sopInstance: try #require(UID(uid)),
                syntax: .explicitVRLittleEndian)
            let writer = volume.write(limit: 1 << 24)
            let bytes = header + (try Self.dataSet(uid, study: study, byteCount: byteCount))
            if try writer.append(bytes.rawSpan) { try await writer.flush() }
            let stored = try await writer.finish(
                owner: "\(scope.organizationId)", day: "2026/11/23", instance: "\(id)")
            let blob = InstanceBlob(
                key: stored.key.text, byteCount: stored.byteCount, digest: stored.guardCode,
                digestAlgorithm: "aes128gmac", transferSyntaxUID: WellKnownUID.explicitVRLittleEndian)
            let identity = InstanceIdentity(
                studyInstanceUID: study, seriesInstanceUID: "\(study).1", sopInstanceUID: uid,
                sopClassUID: ultrasound)
            var instance = Instance(id: id, identity: identity, blob: blob)
            instance.seriesNumber = 1
            instance.instanceNumber = number
            news.append(
                NewInstance(organizationId: scope.organizationId, archiveId: archive.id, instance: instance))
        }
        _ = try await store.recordInstances(news)
        return news.map(\.instance)
    }

    /// Uploads and saves a study; its one delivery.
    func save(_ count: Int, study: String = "1.2.3", byteCount: Int = 5000) async throws -> UUID {
        _ = try await upload(count, study: study, byteCount: byteCount)
        return try await saveUploaded(study)
    }

    func saveUploaded(_ study: String = "1.2.3") async throws -> UUID {
        var filter = StudyFilter()
        filter.studyInstanceUID = study
        let found = try #require(try await scope.studies(filter, PageRequest()).items.first)
        return try #require(try await scope.saveStudy(found.id).deliveries.first).id
    }

    /// A pool that retries at once.
    func pool(_ change: (inout WorkerSettings) -> Void = { _ in }) throws -> WorkerPool {
        var settings = WorkerSettings(workers: 4)
        settings.pollInterval = .milliseconds(20)
        settings.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(1), attemptsMax: 12)
        settings.laneBackoff = settings.backoff
        change(&settings)
        let policy = try AddressPolicy(allowNetworks: "127.0.0.0/8")
        let services = WorkerServices(
            store: store, volume: volume, resolver: Resolver(pool: TestDatabase.blockingPool),
            destinations: DestinationFactory(addressPolicy: policy) { (_, _) throws(SecurityError) in
                throw .malformed("no keys here")
            }, metrics: metrics, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return WorkerPool(services, settings: settings, loops: loops)
    }

    /// The delivery once `isReached` holds for it.
    func delivery(_ id: UUID, until isReached: (Delivery) -> Bool) async throws -> Delivery {
        let deadline = Deadline.after(.seconds(20))
        while true {
            let delivery = try await scope.delivery(id)
            if isReached(delivery) || deadline.isPast { return delivery }
        }
    }
}
