@testable import Postgres
import Testing

@Suite struct ParameterEncoderTests {
    private func encode(_ value: PostgresValue, as type: PostgresType) throws(PostgresError) -> [UInt8] {
        var encoder = ParameterEncoder()
        try encoder.encode(BoundStatement(Statement("s", "", [type]), [value]))
        return Array(encoder.bytes.prefix(Int(encoder.counts[0])))
    }

    @Test(arguments: [
        (PostgresValue.bool(true), PostgresType.bool, [1]),
        (.int(-2), .int2, [0xFF, 0xFE]),
        (.int(258), .int4, [0, 0, 1, 2]),
        (.int(-1), .int8, [UInt8](repeating: 0xFF, count: 8)),
        (.double(1), .double, [0x3F, 0xF0, 0, 0, 0, 0, 0, 0]),
        (.text("ü"), .text, [0xC3, 0xBC]),
        (.text("{}"), .jsonb, [1, 0x7B, 0x7D]),
        (.bytes([]), .bytes, []),
        // 2000-01-01T00:00:00.000001Z
        (.timestamp(946_684_800_000_001), .timestamp, [0, 0, 0, 0, 0, 0, 0, 1]),
        (.uuid(PGUUID(high: 1, low: 2)), .uuid, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
    ])
    func everyTypeHasItsBinaryForm(_ value: PostgresValue, _ type: PostgresType, _ expected: [UInt8]) throws {
        #expect(try encode(value, as: type) == expected)
    }

    @Test func anArrayIsItsDimensionsAndThenItsElements() throws {
        let expected: [UInt8] = [
            0, 0, 0, 1,  // dimensions
            0, 0, 0, 1,  // has nulls
            0, 0, 0, 25,  // text
            0, 0, 0, 2,  // elements
            0, 0, 0, 1,  // lower bound
            0, 0, 0, 1, 0x61,
            0xFF, 0xFF, 0xFF, 0xFF,
        ]
        #expect(try encode(.array(optional: ["a", nil]), as: .textArray) == expected)
        #expect(try encode(.array([]), as: .uuidArray) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0B, 0x86])
    }

    @Test(arguments: [
        (PostgresValue.int(32_768), PostgresType.int2), (.int(1 << 31), .int4), (.text("1"), .int4), (.int(1), .text),
        (.timestamp(.min), .timestamp), (.array([.int(1)]), .int8), (.array([.text("x")]), .int8Array),
    ])
    func aValueThatDoesNotFitIsRefused(_ value: PostgresValue, _ type: PostgresType) {
        let error = #expect(throws: PostgresError.self) { try encode(value, as: type) }
        guard case .badParameter(statement: "s", index: 0, reason: _) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test func aMissingParameterIsRefused() {
        var encoder = ParameterEncoder()
        #expect(throws: PostgresError.self) {
            try encoder.encode(BoundStatement(Statement("s", "", [.int4, .int4]), [1]))
        }
    }
}
