import DatabaseSupport
import Bytes
import Domain
import JSON
import Logging
import Postgres
import Reactor
import Security
import Store
import Synchronization
import Testing

@testable import AdminAPI
@testable import HTTP1

/// The API in process over a database of its own: one organization with a key of each role, and a platform key. Each
/// answer is held against openapi.yaml.
struct APIFixture: Sendable {
    enum Who: Sendable {
        case nobody, platform
        case role(APIKeyRole)
        case key(String)

        static let admin = Who.role(.admin)
    }

    let database: TestDatabase
    let store: Store
    let log: LogLines
    let router: Router
    let organization: Organization
    let echo: FakeEcho
    let uploader: FakeUploader
    let nudges: Tally
    let platformKey: String
    let keys: [APIKeyRole: String]

    var scope: TenantScope { store.scope(organization.id) }

    /// Loopback and the documentation network count as public.
    static let policy = Result { try AddressPolicy(allowNetworks: "127.0.0.0/8, 203.0.113.0/24") }
    private static let computing = BlockingPool(threads: 2, name: "test-keys")

    static func run(
        policy: AddressPolicy? = nil, unreadiness: [String] = [], _ body: (APIFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.run(Migrations.all) { database in
            try await body(try await make(database, try policy ?? Self.policy.get(), unreadiness))
        }
    }

    private static func make(
        _ database: TestDatabase, _ policy: AddressPolicy, _ unreadiness: [String]
    ) async throws -> APIFixture {
        let store = Store(pool: database.pool)
        let master = MasterKeyRing(primary: try MasterKey(base64: MasterKey.generateBase64()))
        let (echo, uploader, nudges) = (FakeEcho(), FakeUploader(), Tally())
        var services = AdminServices(
            store: store, masterKeys: master, network: (policy, Resolver(pool: TestDatabase.blockingPool)), echo: echo,
            plan: FakePlan(), uploader: uploader)
        services.computing = computing
        let log = LogLines()
        services.logger = Logger(label: "test") { _ in LogLines.Handler(log: log) }
        services.nudge = { nudges.count() }
        services.unreadiness = { unreadiness }
        services.openAPI = Array("openapi: 3.1.0\n".utf8)
        let router = Router(AdminAPI(services).routes)
        let platform = APIKeyToken.generate()
        _ = try await store.createPlatformKey(
            APIKeySpec(name: "platform", role: .admin), keyId: platform.keyID, secretHash: platform.secretHash)
        let organization = try await store.createOrganization(OrganizationSpec(name: "Northside"))
        return APIFixture(
            database: database, store: store, log: log, router: router, organization: organization, echo: echo,
            uploader: uploader, nudges: nudges,
            platformKey: platform.text, keys: try await makeKeys(store.scope(organization.id)))
    }

    private static func makeKeys(_ scope: TenantScope) async throws -> [APIKeyRole: String] {
        var keys: [APIKeyRole: String] = [:]
        for role in APIKeyRole.allCases {
            let token = APIKeyToken.generate()
            _ = try await scope.createAPIKey(
                APIKeySpec(name: role.rawValue, role: role), keyId: token.keyID, secretHash: token.secretHash)
            keys[role] = token.text
        }
        return keys
    }

    /// The same API for another organization.
    func neighbor() async throws -> APIFixture {
        let other = try await store.createOrganization(OrganizationSpec(name: "Southside"))
        return APIFixture(
            database: database, store: store, log: log, router: router, organization: other, echo: echo,
            uploader: uploader, nudges: nudges,
            platformKey: platformKey, keys: try await Self.makeKeys(store.scope(other.id)))
    }

    func bearer(_ who: Who) -> String? {
        switch who {
        case .nobody: nil
        case .platform: platformKey
        case .role(let role): keys[role]
        case .key(let text): text
        }
    }

    // MARK: Calls

    func call(
        _ method: HTTPMethod, _ path: String, _ body: JSON? = nil, as who: Who = .admin, _ headers: HeaderFields = [:]
    ) async -> Answer {
        await call(method, path, bytes: body?.bytes ?? [], as: who, headers)
    }

    func call(
        _ method: HTTPMethod, _ path: String, bytes: [UInt8], as who: Who = .admin, _ headers: HeaderFields = [:]
    ) async -> Answer {
        var fields = headers
        if let bearer = bearer(who) { fields.append("authorization", "Bearer \(bearer)") }
        guard let target = try? RequestTarget(originForm: Array(path.utf8).rawSpan) else {
            Issue.record("\(path) is no target")
            return Answer(status: 0, fields: [:], body: [])
        }
        let head = RequestHead(
            method: method, target: target, versionMinor: 1, fields: fields,
            framing: bytes.isEmpty ? .none : .contentLength(bytes.count), wantsKeepAlive: true, expectsContinue: false)
        let transport = HTTPTransport(NoStream(), HTTPLimits())
        transport.input.append(bytes)
        let request = Request(head: head, body: RequestBody(head, transport), id: "test-request", peer: nil)
        let response = await router.respond(to: request)
        var answer = Answer(status: response.status.code, fields: response.fields, body: [])
        if case .bytes(let bytes) = response.body { answer.body = bytes }
        if let route = response.route {
            for error in OpenAPIDescription.shared.deviations(method, route, answer) {
                Issue.record("\(method.rawValue) \(route) \(answer.status): \(error)")
            }
        }
        return answer
    }

    func get(_ path: String, as who: Who = .admin, _ headers: HeaderFields = [:]) async -> Answer {
        await call(.get, path, nil, as: who, headers)
    }

    func post(_ path: String, _ body: JSON? = nil, as who: Who = .admin, _ headers: HeaderFields = [:]) async -> Answer
    {
        await call(.post, path, body, as: who, headers)
    }

    /// The id of what a POST made.
    func made(_ path: String, _ body: JSON) async throws -> String {
        let answer = await post(path, body)
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["id"]?.string)
    }

    // MARK: Things

    func connection(_ name: String = "Main", tls: Bool = false) async throws -> String {
        try await made(
            "/v1/connections",
            ["name": .string(name), "host": "127.0.0.1", "tls": ["mode": tls ? "active" : "inactive"]])
    }

    func integration(_ name: String = "PACS", over connection: String) async throws -> String {
        try await made(
            "/v1/integrations",
            ["name": .string(name), "connectionId": .string(connection), "calledAET": "PACS", "port": 2762])
    }

    func archive(_ name: String = "Cardiology", to destinations: [String] = []) async throws -> String {
        try await made(
            "/v1/archives", ["name": .string(name), "destinations": JSON(destinations), "saveAfterQuietSeconds": nil])
    }

    /// The id of a study with that many instances.
    func study(in archive: String, _ count: Int = 2, uid: String = "1.2.3", patient: String = "P1") async throws
        -> String
    {
        let archiveId = try #require(UUID(archive))
        let new = (1...count).map { number in
            let identity = InstanceIdentity(
                studyInstanceUID: uid, seriesInstanceUID: "\(uid).1", sopInstanceUID: "\(uid).1.\(number)",
                sopClassUID: "1.2.840.10008.5.1.4.1.1.6.1")
            let id = Self.newId()
            let blob = InstanceBlob(
                key: "blob/\(id)", byteCount: 1000, digest: Array(repeating: 1, count: 32),
                transferSyntaxUID: "1.2.840.10008.1.2.1")
            var new = NewInstance(
                organizationId: organization.id, archiveId: archiveId,
                instance: Instance(id: id, identity: identity, blob: blob))
            new.patient = PatientSummary(patientId: patient, patientName: "DOE^JANE")
            new.study = StudySummary(date: "20260131")
            return new
        }
        guard case .stored(let id) = try await store.recordInstances(new)[0] else { throw Unexpected() }
        return "\(id)"
    }

    static func newId() -> UUID { UUID.v7(at: Timestamp(microseconds: WallClock.microseconds)) }

    struct Unexpected: Error {}
}

/// What came back.
struct Answer: Sendable {
    let status: Int
    let fields: HeaderFields
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: body, byteCountMax: 1 << 24)) ?? .null }
    /// The last part of a problem's type.
    var problem: String? { json["type"]?.string?.split(separator: ":").last.map(String.init) }
    /// The fields that a problem names.
    var wrongFields: [String] { json["errors"]?.array?.compactMap { $0["field"]?.string } ?? [] }
    var ids: [String] { json["items"]?.array?.compactMap { $0["id"]?.string } ?? [] }
}

/// A plan of nothing.
struct FakePlan: PlanRunner {
    func plan(
        studyId: UUID, for integration: Integration, over connection: Connection
    ) async throws(StoreError) -> PlanAnswer {
        PlanAnswer(
            report: [
                "studyId": JSON(studyId), "integrationId": JSON(integration.id), "instances": [], "isComplete": true,
            ],
            transcript: "Study to \(integration.spec.name)\n")
    }
}

/// An echo that finds what it is told.
final class FakeEcho: EchoRunner {
    private let state = Mutex((ok: true, hosts: [String]()))

    var ok: Bool {
        get { state.withLock { $0.ok } }
        set { state.withLock { $0.ok = newValue } }
    }
    var hosts: [String] { state.withLock { $0.hosts } }

    func echo(_ integration: Integration, _ connection: Connection) async -> EchoAnswer {
        state.withLock { $0.hosts.append("\(connection.spec.host):\(integration.spec.port)") }
        let step: JSON = ["step": "connect", "ok": .bool(ok), "ms": .double(1.5), "detail": "127.0.0.1 port 2762"]
        return EchoAnswer(
            ok: ok, report: ["ok": .bool(ok), "steps": [step], "advice": ok ? "All is well." : "Start the PACS."],
            transcript: "connect  \(ok ? "ok" : "FAILED")\n")
    }
}

/// Takes any body and says how much came.
final class FakeUploader: StudyUploader {
    private let noted = Mutex<[String]>([])
    var calls: [String] { noted.withLock { $0 } }

    func store(_ request: Request, in archive: Archive, studyInstanceUID: String?) async -> Response {
        let bytes = (try? await request.body.collect(byteCountMax: 1 << 20)) ?? []
        noted.withLock { $0.append("\(archive.spec.name) \(studyInstanceUID ?? "any") \(bytes.count)") }
        return Response(.ok, contentType: "application/dicom+json", .bytes(Array("{}".utf8)))
    }
}

/// How often something happened.
final class Tally: Sendable {
    private let value = Mutex(0)
    var total: Int { value.withLock { $0 } }
    func count() { value.withLock { $0 += 1 } }
}

/// All that was logged, of each level.
final class LogLines: Sendable {
    private let noted = Mutex<[String]>([])
    var lines: [String] { noted.withLock { $0 } }

    func note(_ line: String) { noted.withLock { $0.append(line) } }

    struct Handler: LogHandler {
        let log: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.note("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}

/// For requests whose body is there already.
private final class NoStream: ByteStream {
    var peerAddress: SocketAddress? { nil }
    var acknowledgesAtOnce: Bool {
        get { false }
        set {}
    }

    func read(into buffer: IOBuffer, deadline: Deadline) async throws(StreamError) -> Int { 0 }
    func write(_ buffer: IOBuffer, deadline: Deadline) async throws(StreamError) { buffer.clear() }
    func shutDownOutput(deadline: Deadline) async {}
    func close() {}
}
