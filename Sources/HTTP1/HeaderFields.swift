internal import Bytes

/// Header fields in their order, duplicates kept, names lower-cased (RFC 9110 5). All text stands in one array.
package struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
    struct Entry: Sendable {
        var nameStart: Int32
        var valueStart: Int32
        var valueEnd: Int32
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    mutating func reserve(byteCount: Int, fieldCount: Int) {
        bytes.reserveCapacity(byteCount)
        entries.reserveCapacity(fieldCount)
    }

    package var count: Int { entries.count }

    /// The first value of the field `name` (lower case); malformed UTF-8 becomes U+FFFD.
    package subscript(name: String) -> String? {
        guard let index = firstIndex(of: name) else { return nil }
        return value(at: index)
    }

    /// All values of the field `name` (lower case), in order.
    package func values(_ name: String) -> [String] {
        entries.indices.filter { isNamed(name, at: $0) }.map(value(at:))
    }

    package func contains(_ name: String) -> Bool { firstIndex(of: name) != nil }

    /// Name and value of each field, in order.
    package var all: [(name: String, value: String)] {
        entries.indices.map { (text(Int(entries[$0].nameStart)..<Int(entries[$0].valueStart)), value(at: $0)) }
    }

    /// Adds a field at the end. Characters that could end the line become spaces: no value can forge another field.
    package mutating func append(_ name: String, _ value: String) {
        let nameStart = Int32(bytes.count)
        for byte in name.utf8 { bytes.append(ASCII.lowercased(byte)) }
        let valueStart = Int32(bytes.count)
        for byte in value.utf8 { bytes.append(ASCII.isFieldValue(byte) ? byte : ASCII.space) }
        entries.append(Entry(nameStart: nameStart, valueStart: valueStart, valueEnd: Int32(bytes.count)))
    }

    /// Replaces all fields of that name by one.
    package mutating func set(_ name: String, _ value: String) {
        let lowerCased = name.lowercased()
        entries = entries.indices.filter { !isNamed(lowerCased, at: $0) }.map { entries[$0] }
        append(name, value)
    }

    /// Adds a field that was validated, from the bytes of a head.
    mutating func append(_ source: RawSpan, name: Range<Int>, value: Range<Int>) {
        let nameStart = Int32(bytes.count)
        for i in name { bytes.append(ASCII.lowercased(source.byte(at: i))) }
        let valueStart = Int32(bytes.count)
        for i in value { bytes.append(source.byte(at: i)) }
        entries.append(Entry(nameStart: nameStart, valueStart: valueStart, valueEnd: Int32(bytes.count)))
    }

    /// Writes each field as a line.
    func encode(into buffer: IOBuffer) {
        let span = bytes.rawSpan
        for entry in entries {
            buffer.append(span.extracting(Int(entry.nameStart)..<Int(entry.valueStart)))
            buffer.append(": ")
            buffer.append(span.extracting(Int(entry.valueStart)..<Int(entry.valueEnd)))
            buffer.append("\r\n")
        }
    }

    private func firstIndex(of name: String) -> Int? {
        for index in entries.indices where isNamed(name, at: index) { return index }
        return nil
    }

    private func isNamed(_ name: String, at index: Int) -> Bool {
        let entry = entries[index]
        let utf8 = name.utf8
        guard utf8.count == Int(entry.valueStart - entry.nameStart) else { return false }
        var i = Int(entry.nameStart)
        for byte in utf8 {
            if bytes[i] != byte { return false }
            i += 1
        }
        return true
    }

    private func value(at index: Int) -> String {
        text(Int(entries[index].valueStart)..<Int(entries[index].valueEnd))
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension HeaderFields: Equatable {
    package static func == (a: HeaderFields, b: HeaderFields) -> Bool {
        a.all.elementsEqual(b.all) { $0 == $1 }
    }
}
