/// The types that statements take and give, by their object identifiers (pg_type.dat).
package enum PostgresType: UInt32, Sendable {
    case bool = 16
    case bytes = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case json = 114
    case double = 701
    case timestamp = 1184
    case uuid = 2950
    case jsonb = 3802
    case boolArray = 1000
    case bytesArray = 1001
    case int2Array = 1005
    case int4Array = 1007
    case textArray = 1009
    case int8Array = 1016
    case doubleArray = 1022
    case timestampArray = 1185
    case uuidArray = 2951
    case jsonbArray = 3807

    /// What an array is made of; nil for the rest.
    package var element: PostgresType? {
        switch self {
        case .boolArray: .bool
        case .bytesArray: .bytes
        case .int2Array: .int2
        case .int4Array: .int4
        case .textArray: .text
        case .int8Array: .int8
        case .doubleArray: .double
        case .timestampArray: .timestamp
        case .uuidArray: .uuid
        case .jsonbArray: .jsonb
        default: nil
        }
    }
}

/// A parameter of a statement. Which form it takes on the wire follows from the type that the statement declares: `int`
/// goes into int2, int4 and int8 (checked), `text` into text, json and jsonb.
package enum PostgresValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case uuid(PGUUID)
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp(Int64)
    /// One dimension; elements may be `.null`.
    case array([PostgresValue])

    package init(_ value: some PostgresEncodable) { self = value.postgresValue }

    /// `.null` for nil.
    package init(_ value: (some PostgresEncodable)?) { self = value?.postgresValue ?? .null }

    /// An array parameter, as for `UNNEST`.
    package static func array(_ values: [some PostgresEncodable]) -> PostgresValue {
        .array(values.map(\.postgresValue))
    }

    /// An array parameter with null elements.
    package static func array(optional values: [(some PostgresEncodable)?]) -> PostgresValue {
        .array(values.map { $0?.postgresValue ?? .null })
    }

    /// Microseconds since 1970, or null.
    package static func timestamp(optional microseconds: Int64?) -> PostgresValue {
        microseconds.map { .timestamp($0) } ?? .null
    }
}

extension PostgresValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral,
    ExpressibleByBooleanLiteral
{
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// A type whose values can be parameters; other targets conform their own identifiers.
package protocol PostgresEncodable {
    var postgresValue: PostgresValue { get }
}

extension Bool: PostgresEncodable { package var postgresValue: PostgresValue { .bool(self) } }
extension Int: PostgresEncodable { package var postgresValue: PostgresValue { .int(Int64(self)) } }
extension Int64: PostgresEncodable { package var postgresValue: PostgresValue { .int(self) } }
extension Int32: PostgresEncodable { package var postgresValue: PostgresValue { .int(Int64(self)) } }
extension Int16: PostgresEncodable { package var postgresValue: PostgresValue { .int(Int64(self)) } }
extension Double: PostgresEncodable { package var postgresValue: PostgresValue { .double(self) } }
extension String: PostgresEncodable { package var postgresValue: PostgresValue { .text(self) } }
extension PGUUID: PostgresEncodable { package var postgresValue: PostgresValue { .uuid(self) } }
extension [UInt8]: PostgresEncodable { package var postgresValue: PostgresValue { .bytes(self) } }
