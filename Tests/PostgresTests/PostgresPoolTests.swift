import DatabaseSupport
import Postgres
import Reactor
import Testing

@Suite struct PostgresPoolTests {
    @Test func aValueOfEveryTypeComesBackAsItWasSent() async throws {
        let statement = Statement(
            "every_type", "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
            [.bool, .int2, .int4, .int8, .double, .text, .bytes, .uuid, .timestamp, .jsonb])
        let uuid = try #require(PGUUID("018f3e2a-7b1c-7d3e-9a4b-0123456789ab"))
        try await TestDatabase.run { database in
            let row = try await database.pool.query(statement, [
                true, -2, -70_000, -5_000_000_000, .double(1.5), "grüße", .bytes([0, 255]), .uuid(uuid),
                .timestamp(1_750_000_000_123_456), "{\"a\": 1}",
            ]).one()
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
        }
    }
}
