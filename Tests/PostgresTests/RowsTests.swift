@testable import Postgres
import Testing

@Suite struct RowsTests {
    /// One row: int4 258, text "ab", NULL of type uuid, numeric.
    private var rows: Rows {
        let block = Rows.Block(
            types: [23, 25, 2950, 1700],
            cells: [
                .init(offset: 0, count: 4), .init(offset: 4, count: 2), .init(offset: 6, count: -1),
                .init(offset: 6, count: 1),
            ],
            bytes: [0, 0, 1, 2, 0x61, 0x62, 9])
        return Rows(block: block, count: 1, affectedCount: 1)
    }

    @Test func columnsAreReadByIndexAndType() throws {
        let row = try rows.one()
        #expect(try row.int64(0) == 258)
        #expect(try row.text(1) == "ab")
        #expect(try row.optionalUUID(2) == nil)
        #expect(try row.isNull(2))
    }

    @Test func aWrongTypeIsAnErrorThatNamesBoth() {
        #expect(throws: PostgresError.badColumn(index: 1, reason: "is text, not int8")) { try rows[0].int64(1) }
        #expect(throws: PostgresError.badColumn(index: 3, reason: "is the type with OID 1700, not int8")) {
            try rows[0].int64(3)
        }
    }

    @Test func nullWhereAValueIsDueIsAnError() {
        #expect(throws: PostgresError.badColumn(index: 2, reason: "is NULL")) { try rows[0].uuid(2) }
    }

    @Test func aColumnThatDoesNotExistIsAnError() {
        #expect(throws: PostgresError.badColumn(index: 4, reason: "there are only 4 columns")) { try rows[0].bool(4) }
    }

    @Test func oneRowMeansExactlyOne() {
        let none = Rows(block: .empty, count: 0, affectedCount: 0)
        #expect(throws: PostgresError.unexpectedRowCount(0)) { try none.one() }
        #expect(none.isEmpty)
    }

    @Test func aUUIDReadsAndPrintsItsTextForm() {
        let text = "018f3e2a-7b1c-7d3e-9a4b-0123456789ab"
        #expect(PGUUID(text)?.description == text)
        #expect(PGUUID(text.uppercased())?.description == text)
        #expect(PGUUID("018f3e2a7b1c7d3e9a4b0123456789ab") == nil)
        #expect(PGUUID("018f3e2a-7b1c-7d3e-9a4b-0123456789ag") == nil)
    }
}
