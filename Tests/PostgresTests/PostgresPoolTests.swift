import DatabaseSupport
import Postgres
import Reactor
import Testing

@Suite struct PostgresPoolTests {
    private static let item = Migration(
        version: 1, name: "0001_item.sql",
        sql: """
            CREATE TABLE item (
                id int PRIMARY KEY,
                name text NOT NULL CONSTRAINT item_name_key UNIQUE,
                size int CONSTRAINT item_size_positive CHECK (size > 0)
            );
            """)
    private static let insert = Statement(
        "test_insert", "INSERT INTO item (id, name, size) VALUES ($1, $2, $3)", [.int4, .text, .int4])
    private static let count = Statement("test_count", "SELECT count(*) FROM item")
    private static let one = Statement("test_one", "SELECT 1")
    private static let sleep = Statement("test_sleep", "SELECT 1 FROM pg_sleep($1)", [.double])
    private static let setting = Statement("test_setting", "SELECT current_setting('app.organization', true)")
    private static let echo = Statement("test_echo", "SELECT $1", [.int8])
    private static let backend = Statement("test_backend", "SELECT pg_backend_pid()")
    private static let terminate = Statement("test_terminate", "SELECT pg_terminate_backend($1, 5000)", [.int4])

    private func insert(_ id: Int64, _ name: String, _ size: PostgresValue = 1) -> BoundStatement {
        BoundStatement(Self.insert, [.int(id), .text(name), size])
    }

    @Test func aValueOfEveryTypeComesBackAsItWasSent() async throws {
        let statement = Statement(
            "every_type", "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11",
            [.bool, .int2, .int4, .int8, .double, .text, .bytes, .uuid, .timestamp, .jsonb, .text])
        let uuid = try #require(PGUUID("018f3e2a-7b1c-7d3e-9a4b-0123456789ab"))
        try await TestDatabase.run { database in
            let row = try await database.pool.query(
                statement,
                [
                    true, -2, -70_000, -5_000_000_000, .double(1.5), "grüße", .bytes([0, 255]), .uuid(uuid),
                    .timestamp(1_750_000_000_123_456), "{\"a\": 1}", nil,
                ]
            ).one()
            #expect(try row.bool(0))
            #expect(try row.int(1) == -2)
            #expect(try row.int(2) == -70_000)
            #expect(try row.int64(3) == -5_000_000_000)
            #expect(try row.double(4) == 1.5)
            #expect(try row.text(5) == "grüße")
            #expect(try row.bytes(6) == [0, 255])
            #expect(try row.uuid(7) == uuid)
            #expect(try row.timestamp(8) == 1_750_000_000_123_456)
            #expect(try row.text(9) == "{\"a\": 1}")
            #expect(try row.optionalText(10) == nil)
        }
    }

    @Test func arraysGoThroughUnnestAndComeBack() async throws {
        let statement = Statement(
            "arrays",
            "SELECT array_agg(u), array_agg(t), array_agg(n), array_agg(b) FROM unnest($1, $2, $3, $4) AS x(u,t,n,b)",
            [.uuidArray, .textArray, .int8Array, .bytesArray])
        let uuids = [PGUUID(high: 1, low: 2), PGUUID(high: 3, low: 4)]
        try await TestDatabase.run { database in
            let row = try await database.pool.query(
                statement,
                [
                    .array(uuids), .array(["a", "b"]), .array([Int64(7), 8]), .array([[1], [UInt8]()]),
                ]
            ).one()
            #expect(try row.uuidArray(0) == uuids)
            #expect(try row.textArray(1) == ["a", "b"])
            #expect(try row.int64Array(2) == [7, 8])
            #expect(try row.optionalArray(3) == [.bytes([1]), .bytes([])])
        }
    }

    @Test func wrongSQLIsAnErrorThatNamesTheStatementAndThePoolGoesOn() async throws {
        try await TestDatabase.run(connectionsMax: 1) { database in
            let wrong = Statement("test_wrong", "SELEC 1")
            for _ in 0..<2 {
                let error = await #expect(throws: PostgresError.self) { try await database.pool.query(wrong) }
                #expect(error?.state == .syntaxError)
                #expect(error?.description.contains("test_wrong") == true)
            }
            try await expectEqual(database.pool.query(Self.one).one().int(0), 1)
            await #expect(throws: PostgresError.self) { try await database.pool.check([Self.one, wrong]) }
            try await database.pool.check([Self.one, Self.sleep])
        }
    }

    @Test func aViolatedConstraintIsNamed() async throws {
        try await TestDatabase.run([Self.item]) { database in
            let pool = database.pool
            try await expectEqual(pool.query(Self.insert, [1, "a", 1]).affectedCount, 1)
            let duplicate = await #expect(throws: PostgresError.self) {
                try await pool.query(Self.insert, [2, "a", 1])
            }
            #expect(duplicate?.state == .uniqueViolation)
            #expect(duplicate?.isViolation(of: "item_name_key") == true)
            let check = await #expect(throws: PostgresError.self) { try await pool.query(Self.insert, [2, "b", 0]) }
            #expect(check?.isViolation(of: "item_size_positive") == true)
        }
    }

    @Test func aPipelineTakesEffectAsAWholeOrNotAtAll() async throws {
        try await TestDatabase.run([Self.item]) { database in
            let pool = database.pool
            let results = try await pool.pipeline([insert(1, "a"), insert(2, "b"), BoundStatement(Self.count)])
            #expect(results.map(\.affectedCount) == [1, 1, 1])
            #expect(try results[2].one().int(0) == 2)
            await #expect(throws: PostgresError.self) { try await pool.pipeline([insert(3, "c"), insert(4, "a")]) }
            try await expectEqual(pool.query(Self.count).one().int(0), 2)
        }
    }

    @Test func aPipelineLargerThanAllBuffersDoesNotDeadlock() async throws {
        let large = Statement("test_large", "SELECT repeat('x', $1::int), $2", [.int4, .text])
        try await TestDatabase.run { database in
            let text = PostgresValue.text(String(repeating: "y", count: 100_000))
            let batch = [BoundStatement](repeating: BoundStatement(large, [100_000, text]), count: 200)
            let results = try await database.pool.pipeline(batch, deadline: .after(.seconds(60)))
            #expect(results.count == 200)
            #expect(try results[199].one().text(1).utf8.count == 100_000)
        }
    }

    @Test func theOrganizationIsSetForTheTransactionOnly() async throws {
        let organization = PGUUID(high: 5, low: 6)
        try await TestDatabase.run(connectionsMax: 1) { database in
            let pool = database.pool
            try await expectEqual(pool.query(Self.setting, organization: organization).one().text(0), "\(organization)")
            try await expectTrue(pool.query(Self.setting).one().text(0).isEmpty)
            let inside = try await pool.transaction(TransactionOptions(organization: organization)) {
                tx async throws(PostgresError) in try await tx.query(Self.setting).one().text(0)
            }
            #expect(inside == "\(organization)")
            try await expectTrue(pool.query(Self.setting).one().text(0).isEmpty)
        }
    }

    @Test func aTransactionCommitsWhenItsBodyEnds() async throws {
        try await TestDatabase.run([Self.item]) { database in
            let seen = try await database.pool.transaction { tx async throws(PostgresError) in
                _ = try await tx.query(Self.insert, [1, "a", 1])
                return try await tx.pipeline([insert(2, "b"), BoundStatement(Self.count)])[1].one().int(0)
            }
            #expect(seen == 2)
            try await expectEqual(database.pool.query(Self.count).one().int(0), 2)
        }
    }

    private enum Refusal: PostgresFailure, Equatable {
        case database(PostgresError)
        case unwanted

        init(_ error: PostgresError) { self = .database(error) }
        var postgresError: PostgresError? { if case .database(let error) = self { error } else { nil } }
    }

    @Test func aTransactionRollsBackWhenItsBodyThrows() async throws {
        try await TestDatabase.run([Self.item], connectionsMax: 1) { database in
            await #expect(throws: Refusal.unwanted) {
                try await database.pool.transaction(failing: Refusal.self) { tx async throws(Refusal) in
                    do throws(PostgresError) { _ = try await tx.query(Self.insert, [1, "a", 1]) } catch {
                        throw .init(error)
                    }
                    throw .unwanted
                }
            }
            try await expectEqual(database.pool.query(Self.count).one().int(0), 0)
        }
    }

    @Test func anErrorThatTheBodySwallowsStillFailsTheTransaction() async throws {
        try await TestDatabase.run([Self.item], connectionsMax: 1) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction { tx async throws(PostgresError) in
                    _ = try await tx.query(Self.insert, [1, "a", 1])
                    _ = try? await tx.query(Self.insert, [1, "b", 1])
                }
            }
            #expect(error?.state == .uniqueViolation)
            try await expectEqual(database.pool.query(Self.count).one().int(0), 0)
        }
    }

    @Test func anIdempotentTransactionIsRunAgainAfterAConflict() async throws {
        let conflict = Statement(
            "test_conflict", "SELECT CASE WHEN $1 THEN test_conflict() ELSE 1 END", [.bool])
        try await TestDatabase.run { database in
            try await database.pool.runScript(
                """
                CREATE FUNCTION test_conflict() RETURNS int LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$
                """, deadline: .after(.seconds(5)))
            var runs = 0
            let options = TransactionOptions(isIdempotent: true)
            try await database.pool.transaction(options) { tx async throws(PostgresError) in
                runs += 1
                _ = try await tx.query(conflict, [.bool(runs < 4)])
            }
            #expect(runs == 4)
            runs = 0
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.transaction { tx async throws(PostgresError) in
                    runs += 1
                    _ = try await tx.query(conflict, [true])
                }
            }
            #expect(error?.isSerializationConflict == true)
            #expect(runs == 1)
        }
    }

    @Test func waitingForAConnectionEndsAtTheDeadline() async throws {
        try await TestDatabase.run(connectionsMax: 1) { database in
            let pool = database.pool
            let failure = try await pool.transaction { tx async throws(PostgresError) -> PostgresError? in
                _ = try await tx.query(Self.one)
                do throws(PostgresError) {
                    _ = try await pool.query(Self.one, deadline: .after(.milliseconds(50)))
                    return nil
                } catch {
                    return error
                }
            }
            #expect(failure == .poolExhausted)
            try await expectEqual(pool.query(Self.one).one().int(0), 1)
            let status = await pool.status
            #expect([status.leased, status.idle, status.waiting] == [0, 1, 0])
        }
    }

    @Test func aThousandQueriesFromTwoLoopsAreAllAnswered() async throws {
        let loops = try TestDatabase.loops.get().loops
        try await TestDatabase.run { database in
            let pool = database.pool
            let sum = await withTaskGroup(of: Int64.self) { group in
                for i in 0..<1000 {
                    group.addTask(executorPreference: loops[i % loops.count]) {
                        let rows = try? await pool.query(Self.echo, [.int(Int64(i))], deadline: .after(.seconds(30)))
                        return (try? rows?.one().int64(0)) ?? -1_000_000
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(sum == 499_500)
            #expect(await pool.status.idle <= 4)
        }
    }

    @Test func aQueryThatTakesTooLongIsCancelledAndItsConnectionDiscarded() async throws {
        let sleeping = Statement(
            "test_sleeping",
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
            """)
        try await TestDatabase.run { database in
            let pool = database.pool
            // So that no part of the time goes into connecting.
            _ = try await pool.query(Self.one)
            await #expect(throws: PostgresError.timedOut(during: "query")) {
                try await pool.query(Self.sleep, [.double(60)], deadline: .after(.milliseconds(300)))
            }
            _ = try await pool.query(Self.one)
            let limit = Deadline.after(.seconds(20))
            while try await pool.query(sleeping).one().int(0) > 0 { try #require(!limit.isPast) }
            await #expect(throws: PostgresError.timedOut(during: "query")) {
                try await pool.transaction(TransactionOptions(deadline: .after(.milliseconds(300)))) {
                    tx async throws(PostgresError) in _ = try await tx.query(Self.sleep, [.double(30)])
                }
            }
            try await expectEqual(pool.query(Self.one).one().int(0), 1)
        }
    }

    @Test func aWriteWhoseAnswerNeverCameHasAnUnknownOutcome() async throws {
        let slow = Statement("test_slow", "INSERT INTO item SELECT 1, 'a', 1 FROM pg_sleep($1)", [.double])
        try await TestDatabase.run([Self.item]) { database in
            _ = try await database.pool.query(Self.one)
            let error = await #expect(throws: PostgresError.self) {
                try await database.pool.query(slow, [.double(60)], deadline: .after(.milliseconds(300)))
            }
            guard case .unknownOutcome = error else {
                Issue.record("got \(String(describing: error))")
                return
            }
        }
    }

    @Test func aSelectIsRepeatedWhenItsConnectionWasBroken() async throws {
        try await TestDatabase.run(connectionsMax: 1) { database in
            try await TestDatabase.run { other in
                let first = try await database.pool.query(Self.backend).one().int(0)
                try await expectTrue(other.pool.query(Self.terminate, [.int(Int64(first))]).one().bool(0))
                try await expectTrue(database.pool.query(Self.backend).one().int(0) != first)
            }
        }
    }

    @Test func aStatementThatWentStaleIsPreparedAnew() async throws {
        let all = Statement("test_all", "SELECT * FROM item")
        try await TestDatabase.run([Self.item], connectionsMax: 1) { database in
            try await expectEqual(database.pool.query(all).columnCount, 3)
            try await database.pool.runScript("ALTER TABLE item ADD extra int", deadline: .after(.seconds(5)))
            try await expectEqual(database.pool.query(all).columnCount, 4)
        }
    }

    @Test func statementsNeedNotBePrepared() async throws {
        try await TestDatabase.run([Self.item]) { database in
            var settings = PoolSettings(conninfo: database.conninfo)
            settings.usesPreparedStatements = false
            let pool = try TestDatabase.makePool(settings)
            try await pool.pipeline([insert(1, "a"), insert(2, "b")])
            let prepared = Statement("test_prepared", "SELECT count(*) FROM pg_prepared_statements")
            try await expectEqual(pool.query(prepared).one().int(0), 0)
            try await expectEqual(pool.query(Self.count).one().int(0), 2)
            await pool.close()
        }
    }

    @Test func aDatabaseThatIsAwayIsSaidSo() async throws {
        var settings = PoolSettings(conninfo: "host=/nonexistent dbname=x")
        settings.timeout = .milliseconds(200)
        let pool = try TestDatabase.makePool(settings)
        let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.one) }
        guard case .cannotConnect(let reason) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(reason.contains("/nonexistent"))
        await pool.close()
    }

    @Test func aClosedPoolRefuses() async throws {
        try await TestDatabase.run { database in
            await database.pool.close()
            await #expect(throws: PostgresError.closed) { try await database.pool.query(Self.one) }
        }
    }
}
