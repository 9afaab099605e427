internal import Bytes

/// The binary forms of values, as the server's `typsend` functions write them: big endian throughout.
enum PostgresDecoding {
    /// 2000-01-01T00:00:00Z in microseconds since 1970, the zero of timestamptz.
    static let epoch: Int64 = 946_684_800_000_000

    static func unsigned(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for i in offset..<(offset + count) { value = value << 8 | UInt64(bytes[i]) }
        return value
    }

    /// A signed integer of 2, 4 or 8 bytes.
    static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int64 {
        let value = unsigned(bytes, offset, count)
        switch count {
        case 2: return Int64(Int16(truncatingIfNeeded: value))
        case 4: return Int64(Int32(truncatingIfNeeded: value))
        default: return Int64(bitPattern: value)
        }
    }

    static func uuid(_ bytes: [UInt8], _ offset: Int) -> PGUUID {
        PGUUID(high: unsigned(bytes, offset, 8), low: unsigned(bytes, offset + 8, 8))
    }

    static func timestamp(_ bytes: [UInt8], _ offset: Int) -> Int64 {
        // `infinity` is the largest Int64 and must stay there.
        let (value, overflow) = integer(bytes, offset, 8).addingReportingOverflow(epoch)
        return overflow ? .max : value
    }

    static func text(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> String {
        String(decoding: bytes[offset..<(offset + count)], as: UTF8.self)
    }

    /// text, varchar, bpchar, name, json, jsonb, unknown.
    static func isText(_ type: UInt32) -> Bool { [25, 1043, 1042, 19, 114, 3802, 705].contains(type) }

    /// Number of dimensions, flags, element type; per dimension length and lower bound; then each element with its
    /// length (array_send in arrayfuncs.c). Nil for more than one dimension.
    static func array(_ bytes: [UInt8], _ cell: Rows.Cell, _ element: PostgresType) -> [PostgresValue]? {
        let dimensions = integer(bytes, cell.offset, 4)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { return nil }
        var offset = cell.offset + 20
        var values: [PostgresValue] = []
        for _ in 0..<integer(bytes, cell.offset + 12, 4) {
            let count = Int(integer(bytes, offset, 4))
            offset += 4
            values.append(count < 0 ? .null : value(bytes, Rows.Cell(offset: offset, count: count), element))
            offset += max(count, 0)
        }
        return values
    }

    private static func value(_ bytes: [UInt8], _ cell: Rows.Cell, _ type: PostgresType) -> PostgresValue {
        switch type {
        case .bool: .bool(bytes[cell.offset] != 0)
        case .int2, .int4, .int8: .int(integer(bytes, cell.offset, cell.count))
        case .double: .double(Double(bitPattern: unsigned(bytes, cell.offset, 8)))
        case .timestamp: .timestamp(timestamp(bytes, cell.offset))
        case .uuid: .uuid(uuid(bytes, cell.offset))
        case .text, .json: .text(text(bytes, cell.offset, cell.count))
        case .jsonb: .text(text(bytes, cell.offset + 1, cell.count - 1))
        default: .bytes(Array(bytes[cell.offset..<(cell.offset + cell.count)]))
        }
    }
}
