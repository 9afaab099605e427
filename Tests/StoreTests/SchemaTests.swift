import DatabaseSupport
import JSON
import Postgres
import Reactor
import Store
import Testing

@Suite struct SchemaTests {
    @Test func everyStatementFitsTheSchema() async throws {
        try await TestDatabase.run(Migrations.all) { database in try await database.pool.check(StoreStatements.all) }
    }

    @Test func everyNameStandsForOneStatement() {
        #expect(Statement.duplicateNames(in: StoreStatements.all) == [])
    }

    @Test func migratingTwiceIsHarmless() async throws {
        try await TestDatabase.run { database in
            let first = try await database.pool.migrate(Migrations.all)
            #expect(first == Migrations.all.map(\.name))
            #expect(try await database.pool.migrate(Migrations.all) == [])
        }
    }

    @Test func anOlderSchemaIsBroughtUpToDate() async throws {
        try await TestDatabase.run { database in
            for count in 1...Migrations.all.count {
                let applied = try await database.pool.migrate(Array(Migrations.all.prefix(count)))
                #expect(applied == [Migrations.all[count - 1].name])
            }
            try await database.pool.check(StoreStatements.all)
        }
    }

    @Test func theProgramCarriesTheFilesAsTheyAre() throws {
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let folder = parts.joined(separator: "/") + "/migrations"
        let names = try FileSystem.list(folder).filter { $0.hasSuffix(".sql") }.sorted()
        #expect(names == Migrations.all.map { $0.name + ".sql" })
        for migration in Migrations.all {
            let file = String(decoding: try FileSystem.read("\(folder)/\(migration.name).sql"), as: UTF8.self)
            #expect(migration.sql == file, "run scripts/generate-migrations")
            #expect(migration.name.hasPrefix(String(repeating: "0", count: 4 - "\(migration.version)".count)))
        }
    }

    @Test func identifiersOfTheDatabaseAreVersionSevenAndOrdered() async throws {
        let make = Statement("test_uuid", "SELECT causeway_uuid_v7()")
        try await TestDatabase.run(Migrations.all) { database in
            let id = try await database.pool.query(make).one().uuid(0)
            let parsed = try #require(UUID("\(id)"))
            #expect(parsed.version == 7)
            let age = Timestamp(microseconds: WallClock.microseconds).since(try #require(parsed.timestamp))
            #expect(abs(age.components.seconds) < 5)
        }
    }
}
