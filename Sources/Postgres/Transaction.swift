/// An open transaction; valid inside the body given to `PostgresPool.transaction`, one call at a time.
package struct Transaction: Sendable {
    private let pool: PostgresPool
    private let id: Int

    init(pool: PostgresPool, id: Int) {
        self.pool = pool
        self.id = id
    }

    /// One statement, one round trip; the first one carries BEGIN along. After an error everything else fails with it.
    package func query(_ statement: Statement, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> Rows {
        try await pool.run([BoundStatement(statement, parameters)], in: id)[0]
    }

    /// Several statements in one round trip.
    package func pipeline(_ batch: [BoundStatement]) async throws(PostgresError) -> [Rows] {
        try await pool.run(batch, in: id)
    }
}
