package import Reactor

/// A file of `migrations/`: `NNNN_what.sql`. Forward only; once applied anywhere its text never changes.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    package let sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// Runs outside a transaction, for CREATE INDEX CONCURRENTLY; the file is then a single statement.
    var isOutsideTransaction: Bool { sql.hasPrefix("-- no-transaction") }
}

extension PostgresPool {
    /// Brings the schema up to date and returns what was applied now. Processes that start at the same time wait for
    /// each other; a migration whose text differs from what was applied, or a database newer than the program, is
    /// refused.
    @discardableResult
    package func migrate(
        _ migrations: [Migration], deadline: Deadline = .after(.seconds(120))
    ) async throws(PostgresError) -> [String] {
        try await withConnection(deadline) { connection async throws(PostgresError) in
            try await Migrator(connection: connection, loop: self.loop, deadline: deadline).run(migrations)
        }
    }
}

/// One run of migrations on a connection of its own, which holds the advisory lock until it is closed.
private struct Migrator {
    let connection: PostgresConnection
    let loop: EventLoop
    let deadline: Deadline

    private static let tryLock = Statement("causeway_migration_lock", "SELECT pg_try_advisory_lock(71420241)")
    private static let applied = Statement(
        "causeway_migration_applied", "SELECT version, name, sha256 FROM schema_migration ORDER BY version")
    private static let digest = Statement(
        "causeway_migration_digest", "SELECT encode(sha256($1), 'hex')", [.bytes])
    private static let record = Statement(
        "causeway_migration_record",
        "INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, encode(sha256($3), 'hex'))",
        [.int4, .text, .bytes])
    private static let begin = Statement("causeway_migration_begin", "BEGIN")
    private static let commit = Statement("causeway_migration_commit", "COMMIT")
    private static let rollback = Statement("causeway_migration_rollback", "ROLLBACK")
    /// A migration that cannot get a lock gives way to the running service and tries again.
    private static let prepareSession = """
        SET lock_timeout = '2s';
        SET client_min_messages = warning;
        CREATE TABLE IF NOT EXISTS schema_migration (
            version int PRIMARY KEY,
            name text NOT NULL,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        """
    private static let lockRetriesMax = 30

    func run(_ migrations: [Migration]) async throws(PostgresError) -> [String] {
        try await lock()
        try await connection.runScript(Self.prepareSession, name: "schema_migration", deadline: deadline)
        let ordered = migrations.sorted { $0.version < $1.version }
        let applied = try await connection.query(Self.applied, deadline: deadline)
        let versions = try applied.decode { row throws(PostgresError) in try row.int(0) }
        try await check(applied, ordered)
        var done: [String] = []
        for migration in ordered where !versions.contains(migration.version) {
            if let last = versions.last, migration.version < last {
                throw .migration("migration \(migration.name) is older than \(last), which was already applied")
            }
            try await apply(migration)
            done.append(migration.name)
        }
        return done
    }

    /// Asking again and again rather than waiting in the server: a waiting statement would hold back CREATE INDEX
    /// CONCURRENTLY.
    private func lock() async throws(PostgresError) {
        while try await !connection.query(Self.tryLock, deadline: deadline).one().bool(0) {
            guard !deadline.isPast else {
                throw .migration("another process is migrating the database and does not finish")
            }
            await loop.sleep(for: .milliseconds(50))
        }
    }

    private func check(_ applied: Rows, _ migrations: [Migration]) async throws(PostgresError) {
        for row in applied {
            let (version, name) = (try row.int(0), try row.text(1))
            guard let migration = migrations.first(where: { $0.version == version }) else {
                throw .migration("the database has migration \(name), which this program does not know: it is too old")
            }
            let digest = try await connection.query(
                Self.digest, [.bytes(Array(migration.sql.utf8))], deadline: deadline)
            guard try digest.one().text(0) == row.text(2) else {
                throw .migration("migration \(migration.name) was changed after it had been applied")
            }
        }
    }

    private func apply(_ migration: Migration) async throws(PostgresError) {
        for attempt in 0... {
            let failure: PostgresError
            do throws(PostgresError) {
                return try await applyOnce(migration)
            } catch {
                failure = error
            }
            if !connection.isBroken, connection.isInTransaction {
                _ = try await connection.query(Self.rollback, deadline: deadline)
            }
            guard failure.state == .lockNotAvailable, attempt < Self.lockRetriesMax, !deadline.isPast else {
                throw failure
            }
            await loop.sleep(for: .milliseconds(500))
        }
    }

    private func applyOnce(_ migration: Migration) async throws(PostgresError) {
        if !migration.isOutsideTransaction { _ = try await connection.query(Self.begin, deadline: deadline) }
        try await connection.runScript(migration.sql, name: migration.name, deadline: deadline)
        let parameters: [PostgresValue] = [
            .int(Int64(migration.version)), .text(migration.name), .bytes(Array(migration.sql.utf8)),
        ]
        _ = try await connection.query(Self.record, parameters, deadline: deadline)
        if !migration.isOutsideTransaction { _ = try await connection.query(Self.commit, deadline: deadline) }
    }
}
