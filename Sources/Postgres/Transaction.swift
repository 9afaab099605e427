/// An open transaction; valid inside the body given to `PostgresPool.transaction`, one call at a time.
package struct Transaction: Sendable {
    /// One statement, one round trip (the first one carries BEGIN along).
    package func query(_ statement: Statement, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> Rows {
        throw .closed
    }

    /// Several statements in one round trip.
    package func pipeline(_ batch: [BoundStatement]) async throws(PostgresError) -> [Rows] {
        throw .closed
    }
}
