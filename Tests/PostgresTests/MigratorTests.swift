import DatabaseSupport
import Postgres
import Reactor
import Testing

@Suite struct MigratorTests {
    private static let first = Migration(
        version: 1, name: "0001_a.sql", sql: "CREATE TABLE a (id int); INSERT INTO a VALUES (1);")
    private static let second = Migration(version: 2, name: "0002_b.sql", sql: "INSERT INTO a VALUES (2);")
    private static let rows = Statement("test_a", "SELECT count(*) FROM a")

    @Test func migrationsAreAppliedOnceAndInOrder() async throws {
        try await TestDatabase.run { database in
            try await expectEqual(database.pool.migrate([Self.second, Self.first]), ["0001_a.sql", "0002_b.sql"])
            try await expectTrue(database.pool.migrate([Self.first, Self.second]).isEmpty)
            try await expectEqual(database.pool.query(Self.rows).one().int(0), 2)
        }
    }

    @Test func processesThatStartAtTheSameTimeApplyOnce() async throws {
        try await TestDatabase.run { database in
            let pools = try (0..<4).map { _ in try TestDatabase.makePool(PoolSettings(conninfo: database.conninfo)) }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for pool in pools { group.addTask { try await pool.migrate([Self.first, Self.second]).count } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 2])
            try await expectEqual(database.pool.query(Self.rows).one().int(0), 2)
            for pool in pools { await pool.close() }
        }
    }

    private func refusal(_ database: TestDatabase, _ migrations: [Migration]) async -> PostgresError? {
        await #expect(throws: PostgresError.self) { try await database.pool.migrate(migrations) }
    }

    @Test func aMigrationThatWasChangedAfterwardsIsRefused() async throws {
        try await TestDatabase.run { database in
            try await database.pool.migrate([Self.first])
            let changed = Migration(version: 1, name: "0001_a.sql", sql: Self.first.sql + " ")
            let error = await refusal(database, [changed])
            #expect(error == .migration("migration 0001_a.sql was changed after it had been applied"))
        }
    }

    @Test func aDatabaseNewerThanTheProgramIsRefused() async throws {
        try await TestDatabase.run { database in
            try await database.pool.migrate([Self.first, Self.second])
            let error = await refusal(database, [Self.first])
            #expect(error?.description.contains("0002_b.sql") == true)
        }
    }

    @Test func aMigrationThatFailsLeavesNothingBehindAndNamesTheLine() async throws {
        let broken = Migration(
            version: 2, name: "0002_broken.sql", sql: "INSERT INTO a VALUES (2);\nINSERT INTO nothing VALUES (1);")
        try await TestDatabase.run { database in
            let error = await refusal(database, [Self.first, broken])
            #expect(error?.state == .undefinedTable)
            #expect(error?.description.contains("0002_broken.sql, line 2") == true)
            try await expectEqual(database.pool.query(Self.rows).one().int(0), 1)
            try await expectEqual(database.pool.migrate([Self.first, Self.second]), ["0002_b.sql"])
        }
    }

    @Test func aStatementOutsideTransactionsIsPossible() async throws {
        let index = Migration(
            version: 2, name: "0002_index.sql", sql: "-- no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);")
        try await TestDatabase.run { database in
            try await expectEqual(database.pool.migrate([Self.first, index]).count, 2)
        }
    }
}
