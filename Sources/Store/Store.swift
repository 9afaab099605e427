internal import Domain
package import JSON
package import Postgres

/// What must survive a crash, in PostgreSQL. Tenant data is reached through `scope` only; the calls here are those of
/// the installation as a whole: keys, ingest batches, the queue.
package struct Store: Sendable {
    /// Separate, so that a storm in one cannot starve the others.
    package struct Pools: Sendable {
        package var interactive: PostgresPool
        package var ingest: PostgresPool
        package var worker: PostgresPool

        package init(interactive: PostgresPool, ingest: PostgresPool, worker: PostgresPool) {
            self.interactive = interactive
            self.ingest = ingest
            self.worker = worker
        }
    }

    let pools: Pools

    package init(_ pools: Pools) { self.pools = pools }

    /// One pool for everything: tests, command-line tools.
    package init(pool: PostgresPool) { self.init(Pools(interactive: pool, ingest: pool, worker: pool)) }

    /// The data of one organization.
    package func scope(_ organizationId: UUID) -> TenantScope {
        TenantScope(store: self, organizationId: organizationId)
    }
}

/// The only way to the data of an organization: each statement carries its id.
package struct TenantScope: Sendable {
    let store: Store
    package let organizationId: UUID

    var pool: PostgresPool { store.pools.interactive }
    var organization: PostgresValue { PostgresValue(organizationId) }
}

extension PostgresPool {
    /// One statement, its rows decoded, the error in the words of the store.
    nonisolated func read<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], _ decode: (Rows) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        do throws(PostgresError) {
            return try decode(try await query(statement, parameters))
        } catch {
            throw StoreError(error)
        }
    }

    /// One statement that gives nothing to read; the number of rows touched.
    @discardableResult
    nonisolated func run(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> Int {
        try await read(statement, parameters) { rows in rows.affectedCount }
    }

    /// Several statements in one transaction and one round trip.
    nonisolated func batch<T: Sendable>(
        _ statements: [BoundStatement], _ decode: ([Rows]) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        do throws(PostgresError) {
            return try decode(try await pipeline(statements))
        } catch {
            throw StoreError(error)
        }
    }

    /// Statements that depend on each other. A decision against (`.failure`) must be taken before anything is written:
    /// the transaction ends in a commit all the same.
    nonisolated func decide<T: Sendable>(
        isIdempotent: Bool = false,
        _ body: (Transaction) async throws(PostgresError) -> Result<T, StoreError>
    ) async throws(StoreError) -> T {
        let result: Result<T, StoreError>
        do throws(PostgresError) {
            result = try await transaction(TransactionOptions(isIdempotent: isIdempotent), body)
        } catch {
            throw StoreError(error)
        }
        return try result.get()
    }
}

extension TenantScope {
    /// Rows of a list: one more was asked for than the page holds.
    func page<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], _ page: PageRequest, id: (T) -> UUID,
        _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> Page<T> {
        try await pool.page(statement, [organization] + parameters, page, id: id, decode)
    }

    /// The one row of a look-up by id.
    func find<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        try await pool.find(statement, [organization] + parameters, decode)
    }

    /// A change that states a version: when no row was touched, says whether the thing is missing or has another
    /// version.
    func change<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], versionBy look: BoundStatement,
        _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        try await pool.change(statement, [organization] + parameters, versionBy: look, decode)
    }
}

extension PostgresPool {
    /// The cursor and the limit become the last two parameters.
    nonisolated func page<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], _ page: PageRequest, id: (T) -> UUID,
        _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> Page<T> {
        var cursor = PostgresValue.null
        if let text = page.cursor {
            guard let after = UUID(text) else {
                throw .invalid(field: "cursor", message: "is not a cursor of this list")
            }
            cursor = PostgresValue(after)
        }
        let all = parameters + [cursor, .int(Int64(page.limit + 1))]
        let items = try await read(statement, all) { rows throws(PostgresError) in try rows.decode(decode) }
        guard items.count > page.limit else { return Page(items: items, nextCursor: nil) }
        let kept = Array(items.prefix(page.limit))
        return Page(items: kept, nextCursor: kept.last.map { "\(id($0))" })
    }

    nonisolated func find<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        let found = try await read(statement, parameters) { rows throws(PostgresError) -> T? in
            guard let row = try rows.oneOrNone() else { return nil }
            return try decode(row)
        }
        guard let found else { throw .notFound }
        return found
    }

    nonisolated func change<T: Sendable>(
        _ statement: Statement, _ parameters: [PostgresValue], versionBy look: BoundStatement,
        _ decode: (Row) throws(PostgresError) -> T
    ) async throws(StoreError) -> T {
        let changed = try await read(statement, parameters) { rows throws(PostgresError) -> T? in
            guard let row = try rows.oneOrNone() else { return nil }
            return try decode(row)
        }
        if let changed { return changed }
        let current = try await read(look.statement, look.parameters) { rows throws(PostgresError) in
            try rows.oneOrNone()?.int(0)
        }
        guard let current else { throw .notFound }
        throw .versionMismatch(current: current)
    }

    /// Locks a row, then deletes it unless it is in use. The statement that locks gives version and reason (null:
    /// none).
    nonisolated func delete(
        lock: BoundStatement, _ delete: BoundStatement, expectedVersion: Int?
    ) async throws(StoreError) {
        try await decide { tx async throws(PostgresError) -> Result<Void, StoreError> in
            guard let row = try await tx.query(lock.statement, lock.parameters).oneOrNone() else {
                return .failure(.notFound)
            }
            let version = try row.int(0)
            if let expectedVersion, expectedVersion != version { return .failure(.versionMismatch(current: version)) }
            // What uses it is looked up by a statement of its own, whose snapshot is newer than the lock.
            let rows = try await tx.query(delete.statement, delete.parameters)
            guard let reason = try rows.oneOrNone()?.optionalText(0) else { return .success(()) }
            return .failure(.inUse(reason))
        }
    }
}
