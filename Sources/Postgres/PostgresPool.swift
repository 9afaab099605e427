package import Logging
package import Reactor

/// How to reach the database and how many connections to hold.
package struct PoolSettings: Sendable {
    /// A libpq connection string or URI.
    package var conninfo: String
    package var connectionsMax = 4
    /// For waiting, connecting and the answer together, when a call names no deadline.
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
    /// The body may be run again from its beginning: after a serialization failure or a deadlock (at most 5 times),
    /// or when the connection broke before COMMIT was sent.
    package var isIdempotent: Bool

    package init(organization: PGUUID? = nil, deadline: Deadline? = nil, isIdempotent: Bool = false) {
        self.organization = organization
        self.deadline = deadline
        self.isIdempotent = isIdempotent
    }
}

/// A few connections to one database, all on one event loop; callable from any task on any loop.
@safe
package actor PostgresPool {
    /// Counts for metrics.
    package struct Status: Equatable, Sendable {
        package let leased: Int
        package let idle: Int
        package let waiting: Int
    }

    let settings: PoolSettings
    nonisolated let loop: EventLoop
    let blockingPool: BlockingPool
    private let logger: Logger
    private var machine: PoolMachine
    private var connections: [Int: PostgresConnection] = [:]
    private var waiting: [Int: UnsafeContinuation<Lease, Never>] = unsafe [:]
    private var transactions: [Int: OpenTransaction] = [:]
    private var lastID = 0
    private var lastConnectError: PostgresError?
    private var isTicking = false
    private var isClosed = false

    package init(_ settings: PoolSettings, on loop: EventLoop, blockingPool: BlockingPool, logger: Logger) {
        self.settings = settings
        self.loop = loop
        self.blockingPool = blockingPool
        self.logger = logger
        machine = PoolMachine(
            connectionsMax: settings.connectionsMax, idleBeforeValidation: settings.idleBeforeValidation)
    }

    isolated deinit {
        for connection in connections.values { connection.close() }
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.serialExecutor.asUnownedSerialExecutor()
    }

    package var status: Status {
        Status(leased: machine.leasedCount, idle: machine.idleCount, waiting: machine.waiterCount)
    }

    // MARK: Statements

    /// One statement. With an organization it runs in a transaction that carries it, in the same round trip. A SELECT
    /// is repeated when its connection breaks.
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue] = [], organization: PGUUID? = nil,
        deadline: Deadline? = nil
    ) async throws(PostgresError) -> Rows {
        let batch = [BoundStatement(statement, parameters)]
        let deadline = deadline ?? .after(settings.timeout)
        if let organization {
            return try await runTransaction(batch, organization, deadline)[0]
        }
        return try await runBatch(batch, statement.isSelect ? .discardable : .commits, deadline)[0]
    }

    /// All statements in one transaction and one round trip: none or all take effect. Repeated after a serialization
    /// failure or a deadlock, at most 5 times.
    @discardableResult
    package func pipeline(
        _ batch: [BoundStatement], organization: PGUUID? = nil, deadline: Deadline? = nil
    ) async throws(PostgresError) -> [Rows] {
        if batch.isEmpty { return [] }
        return try await runTransaction(batch, organization, deadline ?? .after(settings.timeout))
    }

    private func runTransaction(
        _ batch: [BoundStatement], _ organization: PGUUID?, _ deadline: Deadline
    ) async throws(PostgresError) -> [Rows] {
        let prologue = Self.prologue(organization)
        let isReading = batch.allSatisfy(\.statement.isSelect)
        let all = prologue + batch + [BoundStatement(Self.commit)]
        let results = try await runBatch(all, isReading ? .discardable : .commits, deadline)
        return Array(results[prologue.count..<(prologue.count + batch.count)])
    }

    private func runBatch(
        _ batch: [BoundStatement], _ outcome: PostgresConnection.Outcome, _ deadline: Deadline
    ) async throws(PostgresError) -> [Rows] {
        // Whatever error is not `.unknownOutcome` says that nothing was committed.
        var retry = RetryPolicy(isRepeatable: true)
        while true {
            let (id, connection) = try await lease(deadline)
            let failure: PostgresError
            do throws(PostgresError) {
                let results = try await connection.run(batch, outcome, deadline)
                await release(id)
                return results
            } catch {
                failure = error
            }
            await release(id, after: failure)
            guard let pause = retry.pause(after: failure, jitter: .random(in: 0...1)) else { throw failure }
            try await sleep(pause, before: deadline, failure)
        }
    }

    private func sleep(_ pause: Duration, before deadline: Deadline, _ error: PostgresError) async throws(PostgresError)
    {
        guard Deadline.after(pause) < deadline else { throw error }
        if pause > .zero { await loop.sleep(for: pause) }
    }

    // MARK: Transactions

    private static let begin = Statement("causeway_begin", "BEGIN")
    private static let commit = Statement("causeway_commit", "COMMIT")
    private static let rollback = Statement("causeway_rollback", "ROLLBACK")
    private static let validation = Statement("causeway_validation", "SELECT 1")
    private static let organization = Statement(
        "causeway_organization", "SELECT set_config('app.organization', $1, true)", [.text])

    private static func prologue(_ organization: PGUUID?) -> [BoundStatement] {
        guard let organization else { return [BoundStatement(begin)] }
        return [BoundStatement(begin), BoundStatement(Self.organization, [.text(organization.description)])]
    }

    /// A transaction whose statements depend on each other. `body` runs in the caller's task; an error it throws
    /// rolls back.
    package nonisolated func transaction<T>(
        _ options: TransactionOptions = TransactionOptions(),
        _ body: (Transaction) async throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        try await transaction(options, failing: PostgresError.self, body)
    }

    /// As above for a body with errors of its own: `pool.transaction(options, failing: StoreError.self) { tx in ... }`.
    package nonisolated func transaction<T, E: PostgresFailure>(
        _ options: TransactionOptions = TransactionOptions(), failing: E.Type,
        _ body: (Transaction) async throws(E) -> T
    ) async throws(E) -> T {
        var options = options
        options.deadline = options.deadline ?? .after(settings.timeout)
        var retry = RetryPolicy(isRepeatable: options.isIdempotent)
        while true {
            let failure: E
            do throws(E) {
                return try await transactionOnce(options, body)
            } catch {
                failure = error
            }
            guard let cause = failure.postgresError,
                let pause = retry.pause(after: cause, jitter: .random(in: 0...1)),
                Deadline.after(pause) < options.deadline ?? .never
            else { throw failure }
            if pause > .zero { await self.pause(pause) }
        }
    }

    private nonisolated func transactionOnce<T, E: PostgresFailure>(
        _ options: TransactionOptions, _ body: (Transaction) async throws(E) -> T
    ) async throws(E) -> T {
        let id: Int
        do throws(PostgresError) { id = try await open(options) } catch { throw E(error) }
        let value: T
        do throws(E) {
            value = try await body(Transaction(pool: self, id: id))
        } catch {
            await rollBack(id)
            throw error
        }
        do throws(PostgresError) { try await commit(id) } catch { throw E(error) }
        return value
    }

    private func pause(_ duration: Duration) async { await loop.sleep(for: duration) }

    /// A transaction between its beginning and its end.
    private struct OpenTransaction {
        let lease: Int
        let organization: PGUUID?
        let deadline: Deadline
        /// BEGIN goes with the first statement.
        var hasBegun = false
        /// The first error: the server refuses everything after it.
        var failure: PostgresError?
    }

    private func open(_ options: TransactionOptions) async throws(PostgresError) -> Int {
        let deadline = options.deadline ?? .after(settings.timeout)
        let (lease, _) = try await lease(deadline)
        lastID += 1
        transactions[lastID] = OpenTransaction(lease: lease, organization: options.organization, deadline: deadline)
        return lastID
    }

    func run(_ batch: [BoundStatement], in id: Int) async throws(PostgresError) -> [Rows] {
        guard var transaction = transactions[id], let connection = connections[transaction.lease] else { throw .closed }
        if let failure = transaction.failure { throw failure }
        if batch.isEmpty { return [] }
        let prologue = transaction.hasBegun ? [] : Self.prologue(transaction.organization)
        transaction.hasBegun = true
        transactions[id] = transaction
        do throws(PostgresError) {
            let results = try await connection.run(prologue + batch, .discardable, transaction.deadline)
            return Array(results[prologue.count...])
        } catch {
            transactions[id]?.failure = error
            throw error
        }
    }

    private func commit(_ id: Int) async throws(PostgresError) {
        guard let transaction = transactions.removeValue(forKey: id), let connection = connections[transaction.lease]
        else { throw .closed }
        guard transaction.hasBegun else { return await release(transaction.lease) }
        if let failure = transaction.failure ?? (transaction.deadline.isPast ? .timedOut(during: "transaction") : nil) {
            await release(transaction.lease, after: failure)
            throw failure
        }
        do throws(PostgresError) {
            // The answer to COMMIT is worth waiting for: without it nobody knows.
            let deadline = max(transaction.deadline, .after(Self.commitPatience))
            _ = try await connection.run([BoundStatement(Self.commit)], .commits, deadline)
        } catch {
            await release(transaction.lease, after: error)
            throw error
        }
        await release(transaction.lease)
    }

    private static let commitPatience = Duration.seconds(2)

    private func rollBack(_ id: Int) async {
        guard let transaction = transactions.removeValue(forKey: id) else { return }
        await release(transaction.lease, after: transaction.failure)
    }

    // MARK: Connections

    private enum Lease {
        case connection(Int, validate: Bool)
        case failed(PostgresError)
    }

    private func lease(_ deadline: Deadline) async throws(PostgresError) -> (Int, PostgresConnection) {
        while true {
            if isClosed { throw .closed }
            switch await wait(deadline) {
            case .failed(let error): throw error
            case .connection(let id, let validate):
                guard let connection = connections[id] else { throw .closed }
                if await isUsable(connection, validate) { return (id, connection) }
                await release(id)
            }
        }
    }

    private func wait(_ deadline: Deadline) async -> Lease {
        lastID += 1
        let waiter = lastID
        return await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Lease, Never>) in
            unsafe waiting[waiter] = continuation
            perform(machine.acquire(waiter, deadline: deadline, now: .now))
        }
    }

    private func isUsable(_ connection: PostgresConnection, _ validate: Bool) async -> Bool {
        guard connection.isStillThere() else { return false }
        if !validate { return true }
        do throws(PostgresError) {
            _ = try await connection.query(Self.validation, deadline: .after(.seconds(1)))
            return true
        } catch {
            return false
        }
    }

    /// Takes a connection back; one in an open transaction is rolled back first, one that is broken is closed.
    private func release(_ id: Int, after failure: PostgresError? = nil) async {
        guard let connection = connections[id] else { return }
        var isReusable = !connection.isBroken && failure?.isStalePreparedStatement != true && !isClosed
        if isReusable, connection.isInTransaction {
            do throws(PostgresError) {
                _ = try await connection.run([BoundStatement(Self.rollback)], .discardable, .after(.seconds(2)))
            } catch {
                isReusable = false
            }
        }
        if !isReusable {
            connections[id] = nil
            connection.close()
        }
        perform(machine.released(id, isReusable: isReusable, now: .now))
    }

    private func perform(_ actions: [PoolMachine.Action]) {
        for action in actions {
            switch action {
            case .lease(let waiter, let connection, let validate):
                unsafe waiting.removeValue(forKey: waiter)?.resume(
                    returning: .connection(connection, validate: validate))
            case .fail(let waiter, let isDatabaseAway):
                let busy = isClosed ? PostgresError.closed : .poolExhausted
                let error = isDatabaseAway ? lastConnectError ?? busy : busy
                unsafe waiting.removeValue(forKey: waiter)?.resume(returning: .failed(error))
            case .connect(let connection, let pause):
                loop.spawn { await self.connect(connection, after: pause) }
            case .close(let connection):
                connections.removeValue(forKey: connection)?.close()
            }
        }
        if !isTicking, machine.waiterCount > 0 {
            isTicking = true
            loop.spawn { await self.tick() }
        }
    }

    /// While somebody waits, deadlines are looked at every 20 ms.
    private func tick() async {
        while machine.waiterCount > 0 {
            await loop.sleep(until: min(machine.nextDeadline ?? .never, .after(.milliseconds(20))))
            perform(machine.tick(now: .now))
        }
        isTicking = false
    }

    private func connect(_ id: Int, after pause: Duration) async {
        if pause > .zero { await loop.sleep(for: pause) }
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(
                settings.conninfo, on: loop, blockingPool: blockingPool, deadline: .after(.seconds(5)),
                usesPreparedStatements: settings.usesPreparedStatements)
            connections[id] = connection
            lastConnectError = nil
            let expires = Deadline.after(settings.lifetime * Double.random(in: 0.8...1.2))
            perform(machine.connected(id, expires: expires, now: .now))
        } catch {
            if lastConnectError == nil {
                logger.warning("no connection to the database", metadata: ["error": "\(error)"])
            }
            lastConnectError = error
            perform(machine.connectFailed(jitter: .random(in: 0...1), now: .now))
        }
    }

    // MARK: Beside the pool

    /// Runs `body` with a connection of its own, on the pool's loop: scripts, migrations, advisory locks.
    func withConnection<T: Sendable>(
        _ deadline: Deadline, _ body: (PostgresConnection) async throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        let connection = try await PostgresConnection.connect(
            settings.conninfo, on: loop, blockingPool: blockingPool, deadline: deadline)
        defer { connection.close() }
        return try await body(connection)
    }

    /// Several statements separated by semicolons, without parameters, as one transaction on a connection of their own.
    package func runScript(_ sql: String, deadline: Deadline) async throws(PostgresError) {
        try await withConnection(deadline) { connection async throws(PostgresError) in
            try await connection.runScript(sql, name: "script", deadline: deadline)
        }
    }

    /// Prepares every statement and throws what the server says about the first that is wrong: for tests of registries.
    package func check(_ statements: [Statement]) async throws(PostgresError) {
        let deadline = Deadline.after(.seconds(60))
        try await withConnection(deadline) { connection async throws(PostgresError) in
            for statement in statements { try await connection.prepare(statement, deadline: deadline) }
        }
    }

    /// Fails all who wait and closes the connections; transactions under way are rolled back by the server.
    package func close() {
        isClosed = true
        perform(machine.close())
        for connection in connections.values { connection.close() }
        connections = [:]
    }
}
