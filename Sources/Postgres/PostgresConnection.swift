package import Reactor

/// One connection, confined to its loop and to one task at a time. It stays in pipeline mode: a batch of statements
/// is sent with one Sync behind it, then the answers are read (PostgreSQL manual, 34.5).
///
/// After an error for which `isBroken` is true it is only good for `close`.
package final class PostgresConnection {
    private let libpq: LibPQ
    private let loop: EventLoop
    private let blockingPool: BlockingPool
    private let usesPreparedStatements: Bool
    private var registration: Registration?
    private var prepared: [String: String] = [:]
    private var encoder = ParameterEncoder()
    private var isOpen = true
    private var mustCancel = false
    /// Of no further use: the connection is gone or its answers can no longer be told apart.
    package private(set) var isBroken = false

    private init(_ libpq: LibPQ, _ loop: EventLoop, _ blockingPool: BlockingPool, _ usesPreparedStatements: Bool) {
        self.libpq = libpq
        self.loop = loop
        self.blockingPool = blockingPool
        self.usesPreparedStatements = usesPreparedStatements
    }

    deinit {
        precondition(!isOpen, "a database connection was dropped without close")
    }

    /// Connects, on the loop. `conninfo` is a libpq connection string or URI.
    package static func connect(
        _ conninfo: String, on loop: EventLoop, blockingPool: BlockingPool, deadline: Deadline,
        usesPreparedStatements: Bool = true
    ) async throws(PostgresError) -> PostgresConnection {
        guard let libpq = await blockingPool.run({ LibPQ.start(conninfo) }) else {
            throw .cannotConnect("out of memory")
        }
        let connection = PostgresConnection(libpq, loop, blockingPool, usesPreparedStatements)
        do throws(PostgresError) {
            try await connection.finishConnect(deadline)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private func finishConnect(_ deadline: Deadline) async throws(PostgresError) {
        if libpq.isBad { throw .cannotConnect(libpq.errorMessage) }
        var progress = LibPQ.ConnectProgress.output
        while progress != .done {
            if progress == .failed { throw .cannotConnect(libpq.errorMessage) }
            // The next step may close the socket and open another: it must not be registered meanwhile.
            let registration = try register()
            loop.rearm(registration, input: progress == .input, output: progress == .output)
            let wake = await progress == .input ? registration.readable(deadline) : registration.writable(deadline)
            loop.deregister(registration)
            guard wake == .ready else { throw .timedOut(during: "connect") }
            progress = libpq.pollConnect()
        }
        guard libpq.setNonBlocking(), libpq.enterPipelineMode() else { throw .cannotConnect(libpq.errorMessage) }
        registration = try register()
    }

    private func register() throws(PostgresError) -> Registration {
        do throws(SystemError) {
            return try loop.register(libpq.descriptor, .oneShot)
        } catch {
            throw .cannotConnect(error.description)
        }
    }

    /// Gives the socket back. What the server still does is cancelled when a deadline passed before.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        isBroken = true
        if let registration { loop.deregister(registration) }
        registration = nil
        let libpq = libpq
        guard mustCancel else { return libpq.finish() }
        let blockingPool = blockingPool
        loop.spawn {
            await blockingPool.run {
                libpq.cancel()
                libpq.finish()
            }
        }
    }

    /// Whether a transaction is open on the server's side, failed or not.
    package var isInTransaction: Bool { libpq.isInTransaction }

    package var backendProcess: CInt { libpq.backendProcess }

    /// For example 150020.
    package var serverVersion: Int { Int(libpq.serverVersion) }

    /// Looks, without waiting, whether the server has hung up.
    func isStillThere() -> Bool {
        if isBroken { return false }
        if !libpq.consumeInput() || libpq.isBad { isBroken = true }
        return !isBroken
    }

    // MARK: Batches

    /// What a broken connection means for a batch.
    enum Outcome {
        /// Nothing can have been committed.
        case discardable
        /// The last statement commits.
        case commits
    }

    /// One statement outside any transaction.
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue] = [], deadline: Deadline
    ) async throws(PostgresError) -> Rows {
        let outcome: Outcome = statement.isSelect || isInTransaction ? .discardable : .commits
        return try await run([BoundStatement(statement, parameters)], outcome, deadline)[0]
    }

    /// Lets the server check a statement without running it.
    func prepare(_ statement: Statement, deadline: Deadline) async throws(PostgresError) {
        guard !isBroken, libpq.sendPrepare(statement), libpq.sendSync() else {
            throw .connectionLost(libpq.errorMessage)
        }
        var failure: PostgresError?
        while let result = try await nextResult(deadline) {
            if result.status == .error { failure = try Self.error(result, statement) }
        }
        _ = try await nextResult(deadline)
        if let failure { throw failure }
    }

    private enum Expected {
        case prepared(Statement)
        case executed(Statement)
    }

    /// Sends all statements and one Sync, then reads all answers; the first error counts, the server skips the rest.
    func run(_ batch: [BoundStatement], _ outcome: Outcome, _ deadline: Deadline) async throws(PostgresError) -> [Rows]
    {
        if isBroken { throw .closed }
        let expected = try send(batch)
        var results: [Rows] = []
        results.reserveCapacity(batch.count)
        var failure: PostgresError?
        var received = 0
        do throws(PostgresError) {
            for step in expected {
                while let result = try await nextResult(deadline) {
                    try take(result, step, &results, &failure)
                }
                received += 1
            }
            guard try await nextResult(deadline)?.status == .sync else {
                throw .connectionLost("the server's answers do not match the statements")
            }
        } catch {
            isBroken = true
            if let failure { throw failure }
            // A COMMIT under way must not be cancelled: with synchronous replication it would stay half done.
            if case .timedOut = error { mustCancel = outcome == .discardable || received < expected.count - 1 }
            throw outcome == .commits ? .unknownOutcome(error.description) : error
        }
        if let failure {
            if failure.isConnectionUnusable || libpq.isBad { isBroken = true }
            throw failure
        }
        return results
    }

    private func send(_ batch: [BoundStatement]) throws(PostgresError) -> [Expected] {
        var expected: [Expected] = []
        expected.reserveCapacity(batch.count + 1)
        var isSent = true
        for bound in batch {
            let statement = bound.statement
            do throws(PostgresError) {
                try encoder.encode(bound)
            } catch {
                // What was sent before has no Sync behind it and would run later.
                if !expected.isEmpty { isBroken = true }
                throw error
            }
            if usesPreparedStatements {
                if prepare(statement) {
                    isSent = isSent && libpq.sendPrepare(statement)
                    expected.append(.prepared(statement))
                }
                isSent = isSent && libpq.sendExecute(statement.name, encoder)
            } else {
                isSent = isSent && libpq.sendUnnamed(statement, encoder)
            }
            expected.append(.executed(statement))
        }
        guard isSent, libpq.sendSync() else {
            isBroken = true
            throw .connectionLost(libpq.errorMessage)
        }
        return expected
    }

    /// Notes that the statement will be prepared; false when it is already.
    private func prepare(_ statement: Statement) -> Bool {
        guard let known = prepared[statement.name] else {
            prepared[statement.name] = statement.sql
            return true
        }
        precondition(known == statement.sql, "two statements have the same name")
        return false
    }

    private func take(
        _ result: LibPQResult, _ step: Expected, _ results: inout [Rows], _ failure: inout PostgresError?
    ) throws(PostgresError) {
        switch (result.status, step) {
        case (.rows, .executed), (.done, .executed): results.append(result.rows)
        case (.done, .prepared): break
        case (.aborted, .prepared(let statement)): prepared[statement.name] = nil
        case (.aborted, .executed): break
        case (.error, .prepared(let statement)):
            prepared[statement.name] = nil
            failure = try Self.error(result, statement)
        case (.error, .executed(let statement)):
            failure = try Self.error(result, statement)
        case (.sync, _), (.rows, .prepared):
            throw .connectionLost("the server's answers do not match the statements")
        }
    }

    private static func error(_ result: LibPQResult, _ statement: Statement) throws(PostgresError) -> PostgresError {
        guard let error = result.serverError(statement.name) else { throw .connectionLost(result.errorMessage) }
        return .server(error)
    }

    private func nextResult(_ deadline: Deadline) async throws(PostgresError) -> LibPQResult? {
        while libpq.isBusy { try await transfer(deadline) }
        return libpq.nextResult()
    }

    /// How often both directions are tried while output stalls: a server whose answers nobody reads stops reading
    /// too, and a task waits for one direction only. It takes a batch larger than the socket's buffer to get here.
    private static let stalledOutputPause = Duration.milliseconds(1)

    /// Sends what is left to send and waits for input.
    private func transfer(_ deadline: Deadline) async throws(PostgresError) {
        guard let registration else { throw .closed }
        guard let isAllSent = libpq.flush() else { throw .connectionLost(libpq.errorMessage) }
        if isAllSent {
            loop.rearm(registration, input: true, output: false)
            switch await registration.readable(deadline) {
            case .ready: break
            case .timedOut: throw .timedOut(during: "query")
            case .closed: throw .closed
            }
        } else {
            if deadline.isPast { throw .timedOut(during: "query") }
            await loop.sleep(for: Self.stalledOutputPause)
            if !isOpen { throw .closed }
        }
        if !libpq.consumeInput() { throw .connectionLost(libpq.errorMessage) }
    }

    // MARK: Scripts

    /// Runs statements separated by semicolons, without parameters. Unless the script says otherwise all of them are
    /// one transaction. `name` stands in the error, with the line.
    package func runScript(_ sql: String, name: String, deadline: Deadline) async throws(PostgresError) {
        if isBroken { throw .closed }
        guard libpq.exitPipelineMode(), libpq.sendScript(sql) else {
            isBroken = true
            throw .connectionLost(libpq.errorMessage)
        }
        var failure: PostgresError?
        do throws(PostgresError) {
            while let result = try await nextResult(deadline) {
                if result.status == .error { failure = failure ?? Self.scriptError(result, sql, name) }
            }
        } catch {
            isBroken = true
            if case .timedOut = error { mustCancel = true }
            throw .unknownOutcome(error.description)
        }
        if libpq.isBad || !libpq.enterPipelineMode() { isBroken = true }
        if let failure { throw failure }
    }

    private static func scriptError(_ result: LibPQResult, _ sql: String, _ name: String) -> PostgresError {
        var place = name
        if let position = result.errorPosition {
            place += ", line \(sql.unicodeScalars.prefix(position).count { $0 == "\n" } + 1)"
        }
        return result.serverError(place).map { .server($0) } ?? .connectionLost(result.errorMessage)
    }
}
