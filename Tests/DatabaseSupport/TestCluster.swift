internal import EmbeddedPostgres
internal import Glibc
internal import Logging
internal import Postgres
internal import Reactor

/// The server of this test process.
actor TestCluster {
    static let shared = Task.detached { try await TestCluster() }

    private let cluster: EmbeddedCluster
    private let admin: PostgresPool
    private var templates: [String: Task<String, any Error>] = [:]
    private var databaseCount = 0

    private static let prefix = "causeway-tests-"

    private init() async throws {
        Self.removeAbandoned()
        var options = ClusterOptions(directory: "/tmp/\(Self.prefix)\(getpid())/postgres")
        options.durability = .unsafeForTests
        let loop = try TestDatabase.loops.get().next()
        let logger = Logger(label: "test")
        cluster = try await EmbeddedCluster.start(
            options, on: loop, blockingPool: TestDatabase.blockingPool, logger: logger)
        admin = PostgresPool(
            PoolSettings(conninfo: cluster.conninfo), on: loop, blockingPool: TestDatabase.blockingPool, logger: logger)
    }

    nonisolated func conninfo(_ database: String) -> String { cluster.conninfo(database: database) }

    func createDatabase(_ migrations: [Migration]) async throws -> String {
        let template = try await template(migrations)
        databaseCount += 1
        let name = "test_\(databaseCount)"
        try await script("CREATE DATABASE \(name) TEMPLATE \(template)")
        return name
    }

    func dropDatabase(_ name: String) async throws {
        try await script("DROP DATABASE \(name) WITH (FORCE)")
    }

    private func template(_ migrations: [Migration]) async throws -> String {
        if migrations.isEmpty { return "template1" }
        let key = migrations.map(\.sql).joined(separator: "\u{0}")
        if let known = templates[key] { return try await known.value }
        let name = "template_\(templates.count + 2)"
        let task = Task { try await makeTemplate(name, migrations) }
        templates[key] = task
        return try await task.value
    }

    private func makeTemplate(_ name: String, _ migrations: [Migration]) async throws -> String {
        try await script("CREATE DATABASE \(name)")
        let pool = try PostgresPool(
            PoolSettings(conninfo: conninfo(name)), on: TestDatabase.loops.get().next(),
            blockingPool: TestDatabase.blockingPool, logger: Logger(label: "test"))
        do {
            try await pool.migrate(migrations)
            await pool.close()
        } catch {
            await pool.close()
            throw error
        }
        return name
    }

    private func script(_ sql: String) async throws {
        // A backend of the template may not have ended yet, or another clone is being made from it.
        let deadline = Deadline.after(.seconds(30))
        while true {
            do throws(PostgresError) {
                return try await admin.runScript(sql, deadline: deadline)
            } catch {
                guard error.state == SQLState("55006"), !deadline.isPast else { throw error }
            }
        }
    }

    /// Directories of test processes that have ended.
    private static func removeAbandoned() {
        for name in (try? FileSystem.list("/tmp")) ?? [] where name.hasPrefix(prefix) {
            guard let process = pid_t(name.dropFirst(prefix.count)), kill(process, 0) != 0, errno == ESRCH else {
                continue
            }
            removeTree("/tmp/" + name)
        }
    }

    private static func removeTree(_ path: String) {
        var information = stat()
        guard unsafe lstat(path, &information) == 0 else { return }
        if information.st_mode & S_IFMT == S_IFDIR {
            for name in (try? FileSystem.list(path)) ?? [] { removeTree(path + "/" + name) }
            _ = unsafe rmdir(path)
        } else {
            _ = unsafe unlink(path)
        }
    }
}
