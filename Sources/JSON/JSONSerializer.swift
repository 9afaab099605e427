extension JSON {
    /// The value as compact UTF-8, members in their order. Numbers that JSON cannot express (infinity) become null.
    package var bytes: [UInt8] {
        var serializer = JSONSerializer(indent: nil)
        serializer.write(self, level: 0)
        return serializer.bytes
    }

    /// The value as compact text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value over several lines, two blanks per level, for people; ends without a line break.
    package var prettyText: String {
        var serializer = JSONSerializer(indent: 2)
        serializer.write(self, level: 0)
        return String(decoding: serializer.bytes, as: UTF8.self)
    }
}

private struct JSONSerializer {
    private static let hex = Array("0123456789abcdef".utf8)

    let indent: Int?
    var bytes: [UInt8] = []

    init(indent: Int?) {
        self.indent = indent
        bytes.reserveCapacity(256)
    }

    mutating func write(_ value: JSON, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .int(let number): append(String(number))
        case .double(let number): append(number.isFinite ? "\(number)" : "null")
        case .string(let text): write(text)
        case .array(let items): write(items, level: level)
        case .object(let object): write(object, level: level)
        }
    }

    private mutating func write(_ items: [JSON], level: Int) {
        bytes.append(UInt8(ascii: "["))
        for (i, item) in items.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(level + 1)
            write(item, level: level + 1)
        }
        if !items.isEmpty { breakLine(level) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ object: JSONObject, level: Int) {
        bytes.append(UInt8(ascii: "{"))
        for (i, member) in object.members.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(level + 1)
            write(member.name)
            append(indent == nil ? ":" : ": ")
            write(member.value, level: level + 1)
        }
        if !object.isEmpty { breakLine(level) }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(unit)
            case 0..<0x20, 0x7F: escape(unit)
            default: bytes.append(unit)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ unit: UInt8) {
        switch unit {
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u00")
            bytes.append(Self.hex[Int(unit >> 4)])
            bytes.append(Self.hex[Int(unit & 15)])
        }
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
