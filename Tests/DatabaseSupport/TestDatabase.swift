internal import EmbeddedPostgres
internal import Logging
package import Postgres
package import Reactor

/// A database of its own for one test, cloned from a template that holds the migrations.
///
///     try await TestDatabase.run(migrations) { database in
///         let rows = try await database.pool.query(...)
///     }
///
/// One server per test process, without fsync, which dies with the process.
package struct TestDatabase: Sendable {
    package let name: String
    package let conninfo: String
    package let pool: PostgresPool

    /// Loops and threads that tests may use too; the pool of a database is on one of these loops.
    package static let loops = Result { () throws(SystemError) in try EventLoopGroup(count: 2, name: "testdb") }
    package static let blockingPool = BlockingPool(threads: 4, name: "testdb-block")

    /// Runs `body` with a fresh database and drops it afterwards.
    package static func run<T>(
        _ migrations: [Migration] = [], connectionsMax: Int = 4, _ body: (TestDatabase) async throws -> T
    ) async throws -> T {
        await turnstile.enter()
        do {
            let value = try await runInside(migrations, connectionsMax, body)
            await turnstile.leave()
            return value
        } catch {
            await turnstile.leave()
            throw error
        }
    }

    /// Tests run all at once, and the server has 100 connections.
    private static let turnstile = Turnstile(count: 16)

    private static func runInside<T>(
        _ migrations: [Migration], _ connectionsMax: Int, _ body: (TestDatabase) async throws -> T
    ) async throws -> T {
        let cluster = try await TestCluster.shared.value
        let name = try await cluster.createDatabase(migrations)
        let conninfo = cluster.conninfo(name)
        var settings = PoolSettings(conninfo: conninfo)
        settings.connectionsMax = connectionsMax
        // Hundreds of tests share two processors and one disk.
        settings.timeout = .seconds(60)
        let pool = try makePool(settings)
        let database = TestDatabase(name: name, conninfo: conninfo, pool: pool)
        do {
            let value = try await body(database)
            await pool.close()
            try await cluster.dropDatabase(name)
            return value
        } catch {
            await pool.close()
            throw error
        }
    }

    /// A further pool, on one of the loops; close it.
    package static func makePool(_ settings: PoolSettings) throws -> PostgresPool {
        try PostgresPool(settings, on: loops.get().next(), blockingPool: blockingPool, logger: Logger(label: "test"))
    }

    /// The same database as another role.
    package func conninfo(user: String) -> String { conninfo + " user=" + user }
}

/// Lets so many in at once; the others wait in line.
private actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
