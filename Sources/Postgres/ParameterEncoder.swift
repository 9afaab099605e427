/// The parameters of one execution in binary form, one after another in one buffer that is used again and again.
struct ParameterEncoder {
    private(set) var bytes: [UInt8] = []
    /// Where each value begins; -1 for NULL.
    private(set) var offsets: [Int] = []
    private(set) var counts: [Int32] = []

    /// Replaces the content by the parameters of `bound`.
    mutating func encode(_ bound: BoundStatement) throws(PostgresError) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        let types = bound.statement.parameters
        guard types.count == bound.parameters.count else {
            throw .badParameter(
                statement: bound.statement.name, index: min(types.count, bound.parameters.count),
                reason: "\(types.count) parameters are declared and \(bound.parameters.count) given")
        }
        for (i, value) in bound.parameters.enumerated() {
            let start = bytes.count
            if value == .null {
                offsets.append(-1)
                counts.append(0)
                continue
            }
            if let reason = append(value, types[i]) {
                throw .badParameter(statement: bound.statement.name, index: i, reason: reason)
            }
            offsets.append(start)
            counts.append(Int32(clamping: bytes.count - start))
        }
        // A value of no bytes at the end still needs an address.
        bytes.append(0)
    }

    /// Appends one value that is not NULL; returns what is wrong with it.
    private mutating func append(_ value: PostgresValue, _ type: PostgresType) -> String? {
        switch (value, type) {
        case (.bool(let value), .bool): bytes.append(value ? 1 : 0)
        case (.int(let value), .int8): integer(UInt64(bitPattern: value), 8)
        case (.int(let value), .int4):
            guard let value = Int32(exactly: value) else { return "\(value) is out of range for int4" }
            integer(UInt64(UInt32(bitPattern: value)), 4)
        case (.int(let value), .int2):
            guard let value = Int16(exactly: value) else { return "\(value) is out of range for int2" }
            integer(UInt64(UInt16(bitPattern: value)), 2)
        case (.double(let value), .double): integer(value.bitPattern, 8)
        case (.text(let value), .text), (.text(let value), .json): bytes.append(contentsOf: value.utf8)
        case (.text(let value), .jsonb):
            // The version of jsonb's binary form.
            bytes.append(1)
            bytes.append(contentsOf: value.utf8)
        case (.bytes(let value), .bytes): bytes.append(contentsOf: value)
        case (.uuid(let value), .uuid):
            integer(value.high, 8)
            integer(value.low, 8)
        case (.timestamp(let value), .timestamp):
            let (microseconds, overflow) = value.subtractingReportingOverflow(PostgresDecoding.epoch)
            if overflow { return "\(value) is out of range for timestamptz" }
            integer(UInt64(bitPattern: microseconds), 8)
        case (.array(let values), _):
            guard let element = type.element else { return "is an array, not \(type)" }
            return append(values, element)
        default: return "\(value) does not fit \(type)"
        }
        return nil
    }

    /// See `PostgresDecoding.array` for the layout.
    private mutating func append(_ values: [PostgresValue], _ element: PostgresType) -> String? {
        integer(values.isEmpty ? 0 : 1, 4)
        integer(values.contains(.null) ? 1 : 0, 4)
        integer(UInt64(element.rawValue), 4)
        if values.isEmpty { return nil }
        integer(UInt64(values.count), 4)
        integer(1, 4)
        for value in values {
            let start = bytes.count
            if value == .null {
                integer(UInt64(UInt32.max), 4)
                continue
            }
            integer(0, 4)
            if let reason = append(value, element) { return reason }
            let count = UInt32(clamping: bytes.count - start - 4)
            for i in 0..<4 { bytes[start + i] = UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * i)) }
        }
        return nil
    }

    private mutating func integer(_ value: UInt64, _ count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}
