internal import Bytes

/// What a statement gave: its rows and how many rows it touched. All values lie in one block of memory.
package struct Rows: RandomAccessCollection, Sendable {
    /// Where a value lies in `bytes`; a negative count means NULL.
    struct Cell: Sendable {
        let offset: Int
        let count: Int
    }

    final class Block: Sendable {
        let types: [UInt32]
        let cells: [Cell]
        let bytes: [UInt8]

        init(types: [UInt32], cells: [Cell], bytes: [UInt8]) {
            self.types = types
            self.cells = cells
            self.bytes = bytes
        }

        static let empty = Block(types: [], cells: [], bytes: [])
    }

    private let block: Block
    package let count: Int
    /// Rows inserted, updated, deleted or selected.
    package let affectedCount: Int

    init(block: Block, count: Int, affectedCount: Int) {
        self.block = block
        self.count = count
        self.affectedCount = affectedCount
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }
    package var columnCount: Int { block.types.count }

    package subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "row index out of range")
        return Row(block: block, firstCell: index * block.types.count)
    }

    /// The only row; an error when there is none or more.
    package func one() throws(PostgresError) -> Row {
        guard count == 1 else { throw .unexpectedRowCount(count) }
        return self[0]
    }

    /// The only row, or nil when there is none; an error when there are more.
    package func oneOrNone() throws(PostgresError) -> Row? {
        guard count <= 1 else { throw .unexpectedRowCount(count) }
        return first
    }

    /// As `map`, with the error kept typed.
    package func decode<T>(_ transform: (Row) throws(PostgresError) -> T) throws(PostgresError) -> [T] {
        var values: [T] = []
        values.reserveCapacity(count)
        for row in self { values.append(try transform(row)) }
        return values
    }
}

/// One row. Columns are read by their index, as the type the statement gives them; anything else is `.badColumn`.
package struct Row: Sendable {
    private let block: Rows.Block
    private let firstCell: Int

    init(block: Rows.Block, firstCell: Int) {
        self.block = block
        self.firstCell = firstCell
    }

    package func isNull(_ column: Int) throws(PostgresError) -> Bool { try cell(column).count < 0 }

    package func bool(_ column: Int) throws(PostgresError) -> Bool { try required(column, optionalBool(column)) }
    /// int2, int4 or int8.
    package func int64(_ column: Int) throws(PostgresError) -> Int64 { try required(column, optionalInt64(column)) }
    /// int2, int4 or int8.
    package func int(_ column: Int) throws(PostgresError) -> Int { Int(try int64(column)) }
    package func double(_ column: Int) throws(PostgresError) -> Double { try required(column, optionalDouble(column)) }
    /// text, varchar, char, name, json, jsonb.
    package func text(_ column: Int) throws(PostgresError) -> String { try required(column, optionalText(column)) }
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try required(column, optionalBytes(column)) }
    package func uuid(_ column: Int) throws(PostgresError) -> PGUUID { try required(column, optionalUUID(column)) }
    /// timestamptz, as microseconds since 1970-01-01T00:00:00Z.
    package func timestamp(_ column: Int) throws(PostgresError) -> Int64 {
        try required(column, optionalTimestamp(column))
    }

    package func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        guard let cell = try value(column, [.bool]) else { return nil }
        return block.bytes[cell.offset] != 0
    }

    package func optionalInt64(_ column: Int) throws(PostgresError) -> Int64? {
        guard let cell = try value(column, [.int8, .int4, .int2]) else { return nil }
        return PostgresDecoding.integer(block.bytes, cell.offset, cell.count)
    }

    package func optionalInt(_ column: Int) throws(PostgresError) -> Int? { try optionalInt64(column).map { Int($0) } }

    package func optionalDouble(_ column: Int) throws(PostgresError) -> Double? {
        guard let cell = try value(column, [.double]) else { return nil }
        return Double(bitPattern: PostgresDecoding.unsigned(block.bytes, cell.offset, 8))
    }

    package func optionalText(_ column: Int) throws(PostgresError) -> String? {
        let cell = try cell(column)
        let type = block.types[column]
        guard PostgresDecoding.isText(type) else { throw wrongType(column, "text") }
        if cell.count < 0 { return nil }
        // The binary form of jsonb is a version byte and the text.
        let skipped = type == PostgresType.jsonb.rawValue ? 1 : 0
        return PostgresDecoding.text(block.bytes, cell.offset + skipped, cell.count - skipped)
    }

    package func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        guard let cell = try value(column, [.bytes]) else { return nil }
        return Array(block.bytes[cell.offset..<(cell.offset + cell.count)])
    }

    package func optionalUUID(_ column: Int) throws(PostgresError) -> PGUUID? {
        guard let cell = try value(column, [.uuid]) else { return nil }
        return PostgresDecoding.uuid(block.bytes, cell.offset)
    }

    package func optionalTimestamp(_ column: Int) throws(PostgresError) -> Int64? {
        guard let cell = try value(column, [.timestamp]) else { return nil }
        return PostgresDecoding.timestamp(block.bytes, cell.offset)
    }

    /// An array of any element type of `PostgresType`; nil for NULL.
    package func optionalArray(_ column: Int) throws(PostgresError) -> [PostgresValue]? {
        let cell = try cell(column)
        guard let element = PostgresType(rawValue: block.types[column])?.element else {
            throw wrongType(column, "array")
        }
        if cell.count < 0 { return nil }
        guard let values = PostgresDecoding.array(block.bytes, cell, element) else {
            throw .badColumn(index: column, reason: "the array has more than one dimension")
        }
        return values
    }

    package func uuidArray(_ column: Int) throws(PostgresError) -> [PGUUID] {
        try elements(column, "uuid[]") { if case .uuid(let value) = $0 { value } else { nil } }
    }

    package func textArray(_ column: Int) throws(PostgresError) -> [String] {
        try elements(column, "text[]") { if case .text(let value) = $0 { value } else { nil } }
    }

    /// int2[], int4[] or int8[].
    package func int64Array(_ column: Int) throws(PostgresError) -> [Int64] {
        try elements(column, "int8[]") { if case .int(let value) = $0 { value } else { nil } }
    }

    private func elements<T>(
        _ column: Int, _ wanted: String, _ pick: (PostgresValue) -> T?
    ) throws(PostgresError) -> [T] {
        var result: [T] = []
        for value in try required(column, optionalArray(column)) {
            guard let element = pick(value) else { throw wrongType(column, wanted) }
            result.append(element)
        }
        return result
    }

    private func cell(_ column: Int) throws(PostgresError) -> Rows.Cell {
        guard column >= 0, column < block.types.count else {
            throw .badColumn(index: column, reason: "there are only \(block.types.count) columns")
        }
        return block.cells[firstCell + column]
    }

    private func value(_ column: Int, _ types: [PostgresType]) throws(PostgresError) -> Rows.Cell? {
        let cell = try cell(column)
        let type = block.types[column]
        guard types.contains(where: { $0.rawValue == type }) else { throw wrongType(column, "\(types[0])") }
        return cell.count < 0 ? nil : cell
    }

    private func required<T>(_ column: Int, _ value: T?) throws(PostgresError) -> T {
        guard let value else { throw .badColumn(index: column, reason: "is NULL") }
        return value
    }

    private func wrongType(_ column: Int, _ wanted: String) -> PostgresError {
        let type = block.types[column]
        let actual = PostgresType(rawValue: type).map { "\($0)" } ?? "the type with OID \(type)"
        return .badColumn(index: column, reason: "is \(actual), not \(wanted)")
    }
}
