package import Logging
package import Reactor

/// How to reach the database and how many connections to hold.
package struct PoolSettings: Sendable {
    /// A libpq connection string or URI.
    package var conninfo: String
    package var connectionsMax = 4
    /// How long a call waits for a free connection, a connection, and the answer, when it names no deadline.
    package var timeout = Duration.seconds(5)
    /// Off behind a pooler that knows no prepared statements (PgBouncer before 1.21).
    package var usesPreparedStatements = true
    /// After this time, give or take 20 %, a connection is replaced by a new one.
    package var lifetime = Duration.seconds(1800)
    /// A connection that was idle for this long is asked with SELECT 1 before it is used.
    package var idleBeforeValidation = Duration.seconds(10)

    package init(conninfo: String) { self.conninfo = conninfo }
}

/// What a transaction is about.
package struct TransactionOptions: Sendable {
    /// Set as `app.organization` for the time of the transaction; row-level security goes by it.
    package var organization: PGUUID?
    /// For the whole transaction, waiting for a connection included; nil: the pool's timeout from now.
    package var deadline: Deadline?
    /// The body may be run again from its beginning: after a serialization failure, a deadlock, or a connection that broke
    /// before COMMIT was sent; at most 5 times.
    package var isIdempotent: Bool

    package init(organization: PGUUID? = nil, deadline: Deadline? = nil, isIdempotent: Bool = false) {
        self.organization = organization
        self.deadline = deadline
        self.isIdempotent = isIdempotent
    }
}

/// A few connections to one database, all on one event loop; callable from any task on any loop.
package actor PostgresPool {
    package init(_ settings: PoolSettings, on loop: EventLoop, blockingPool: BlockingPool, logger: Logger) {
        self.loop = loop
    }
    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.serialExecutor.asUnownedSerialExecutor() }

    /// One statement. With an organization it runs in a transaction that carries it, in the same round trip.
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue] = [], organization: PGUUID? = nil, deadline: Deadline? = nil
    ) async throws(PostgresError) -> Rows {
        throw .closed
    }

    /// All statements in one transaction and one round trip: none or all take effect.
    package func pipeline(
        _ batch: [BoundStatement], organization: PGUUID? = nil, deadline: Deadline? = nil
    ) async throws(PostgresError) -> [Rows] {
        throw .closed
    }

    /// A transaction whose statements depend on each other. `body` runs in the caller's task; an error it throws rolls back.
    package nonisolated func transaction<T>(
        _ options: TransactionOptions = TransactionOptions(),
        _ body: (Transaction) async throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        throw .closed
    }

    /// As above for a body with errors of its own: `pool.transaction(options, failing: StoreError.self) { tx in ... }`.
    package nonisolated func transaction<T, E: PostgresFailure>(
        _ options: TransactionOptions = TransactionOptions(), failing: E.Type,
        _ body: (Transaction) async throws(E) -> T
    ) async throws(E) -> T {
        throw E(PostgresError.closed)
    }

    /// Several statements separated by semicolons, without parameters, on a connection of their own: migrations and fixtures.
    package func runScript(_ sql: String, deadline: Deadline) async throws(PostgresError) {
    }

    /// Prepares every statement and throws what the server says about the first that is wrong: for tests of registries.
    package func check(_ statements: [Statement]) async throws(PostgresError) {
    }

    /// Fails all who wait and closes the connections; transactions under way are rolled back by the server.
    package func close() async {
    }
}
