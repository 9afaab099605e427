internal import Domain
package import JSON
package import Postgres

/// Reads the columns of a row one after the other, in the order of the statement.
struct Columns {
    let row: Row
    private var next = 0

    init(_ row: Row) { self.row = row }

    private mutating func take() -> Int {
        defer { next += 1 }
        return next
    }

    mutating func id() throws(PostgresError) -> UUID { UUID(try row.uuid(take())) }
    mutating func optionalId() throws(PostgresError) -> UUID? { try row.optionalUUID(take()).map { UUID($0) } }
    mutating func ids() throws(PostgresError) -> [UUID] { try row.uuidArray(take()).map { UUID($0) } }
    mutating func text() throws(PostgresError) -> String { try row.text(take()) }
    mutating func optionalText() throws(PostgresError) -> String? { try row.optionalText(take()) }
    mutating func texts() throws(PostgresError) -> [String] { try row.textArray(take()) }
    mutating func int() throws(PostgresError) -> Int { try row.int(take()) }
    mutating func optionalInt() throws(PostgresError) -> Int? { try row.optionalInt(take()) }
    mutating func bool() throws(PostgresError) -> Bool { try row.bool(take()) }
    mutating func bytes() throws(PostgresError) -> [UInt8] { try row.bytes(take()) }
    mutating func optionalBytes() throws(PostgresError) -> [UInt8]? { try row.optionalBytes(take()) }

    mutating func time() throws(PostgresError) -> Timestamp { Timestamp(microseconds: try row.timestamp(take())) }

    mutating func optionalTime() throws(PostgresError) -> Timestamp? {
        try row.optionalTimestamp(take()).map { Timestamp(microseconds: $0) }
    }

    mutating func choice<T: RawRepresentable>(_ type: T.Type = T.self) throws(PostgresError) -> T
    where T.RawValue == String {
        let column = take()
        let text = try row.text(column)
        guard let value = T(rawValue: text) else {
            throw .badColumn(index: column, reason: "\"\(text)\" is not known to this program")
        }
        return value
    }

    mutating func optionalJSON() throws(PostgresError) -> JSON? {
        let column = take()
        guard let text = try row.optionalText(column) else { return nil }
        do throws(JSONError) {
            return try JSON(parsing: text)
        } catch {
            throw .badColumn(index: column, reason: error.description)
        }
    }

    mutating func json() throws(PostgresError) -> JSON { try optionalJSON() ?? .null }

    mutating func error() throws(PostgresError) -> DeliveryError? {
        try optionalJSON().flatMap { DeliveryError(json: $0) }
    }

    /// Two columns: the number of bits, and the bytes.
    mutating func bitmap() throws(PostgresError) -> InstanceBitmap {
        let count = try int()
        let column = next
        guard let bitmap = InstanceBitmap(count: count, bytes: try bytes()) else {
            throw .badColumn(index: column, reason: "is not a bitmap of \(count) bits")
        }
        return bitmap
    }
}

extension UUID {
    init(_ id: PGUUID) { self.init(high: id.high, low: id.low) }
}

extension UUID: PostgresEncodable {
    package var postgresValue: PostgresValue {
        let bytes = bytes
        return .uuid(
            PGUUID(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }))
    }
}

extension Timestamp: PostgresEncodable {
    package var postgresValue: PostgresValue { .timestamp(microseconds) }
}

extension JSON: PostgresEncodable {
    package var postgresValue: PostgresValue { .text(text) }
}

extension Duration {
    /// For `$n * interval '1 microsecond'`.
    var microseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1e6 + Double(attoseconds) / 1e12
    }
}

extension PostgresValue {
    /// Text from outside: PostgreSQL holds no U+0000.
    static func clean(_ text: String) -> PostgresValue {
        guard text.utf8.contains(0) else { return .text(text) }
        return .text(String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0 })))
    }

    /// As `clean`, or null.
    static func clean(optional text: String?) -> PostgresValue { text.map { .clean($0) } ?? .null }
}
