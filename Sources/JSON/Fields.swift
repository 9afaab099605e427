/// What is wrong with one value of a request: where, as a JSON Pointer (RFC 6901), and in words ("is required").
package struct FieldError: Equatable, Sendable {
    package let path: String
    package let message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    package var json: JSON { ["path": .string(path), "message": .string(message)] }
}

/// Reads the members of a JSON object and collects everything that is wrong with them, rather than stop at the first.
///
///     var fields = Fields(json)
///     let name = fields.string("name", .required, 1...200)
///     let port = fields.int("port", .optional, 1...65535)
///     fields.rejectUnknown()
///     guard fields.errors.isEmpty, let name else { ... }
///
/// An optional member that is null counts as missing; `isNull` tells the two apart (RFC 7396).
package struct Fields: Sendable {
    package enum Presence: Sendable { case required, optional }

    private let object: JSONObject
    private let path: String
    private var asked: Set<String> = []
    package private(set) var errors: [FieldError] = []

    /// `path` is where the object stands in its document.
    package init(_ json: JSON, path: String = "") {
        self.path = path
        object = json.object ?? JSONObject()
        if json.object == nil {
            errors = [FieldError(path: path, message: "must be an object, not \(json.kindInWords)")]
        }
    }

    /// Whether there is a member of that name, null or not.
    package func has(_ name: String) -> Bool { object[name] != nil }

    package func isNull(_ name: String) -> Bool { object[name]?.isNull ?? false }

    /// Adds an error of the caller's own at a member.
    package mutating func error(_ name: String, _ message: String) {
        errors.append(FieldError(path: pointer(name), message: message))
    }

    /// Adds an error for each member that was not read before.
    package mutating func rejectUnknown() {
        for name in object.names where !asked.contains(name) { error(name, "is not known here") }
    }

    /// The member as it is; nil when missing or null.
    package mutating func value(_ name: String, _ presence: Presence = .optional) -> JSON? {
        asked.insert(name)
        guard let value = object[name] else {
            if presence == .required { error(name, "is required") }
            return nil
        }
        guard !value.isNull else {
            if presence == .required { error(name, "must not be null") }
            return nil
        }
        return value
    }

    // MARK: Single values

    /// One line of text without control characters; `length` in Unicode scalars.
    package mutating func string(
        _ name: String, _ presence: Presence = .optional, _ length: ClosedRange<Int> = 0...1000
    ) -> String? {
        guard let text = text(name, presence, length) else { return nil }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            error(name, "must not contain control characters")
            return nil
        }
        return text
    }

    /// Text that may have several lines, such as PEM; never U+0000, which a database cannot hold.
    package mutating func text(
        _ name: String, _ presence: Presence = .optional, _ length: ClosedRange<Int>
    ) -> String? {
        guard let value = value(name, presence) else { return nil }
        guard let text = value.string else {
            error(name, "must be a string, not \(value.kindInWords)")
            return nil
        }
        guard length.contains(text.unicodeScalars.count) else {
            error(name, Self.lengthMessage(length, "characters"))
            return nil
        }
        guard !text.utf8.contains(0) else {
            error(name, "must not contain control characters")
            return nil
        }
        return text
    }

    package mutating func int(
        _ name: String, _ presence: Presence = .optional, _ range: ClosedRange<Int>
    ) -> Int? {
        guard let value = value(name, presence) else { return nil }
        guard let number = value.int, range.contains(number) else {
            error(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    package mutating func bool(_ name: String, _ presence: Presence = .optional) -> Bool? {
        guard let value = value(name, presence) else { return nil }
        guard let flag = value.bool else {
            error(name, "must be true or false")
            return nil
        }
        return flag
    }

    /// One of the raw values of an enumeration.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ presence: Presence = .optional, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let value = value(name, presence) else { return nil }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            error(name, "must be one of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
            return nil
        }
        return choice
    }

    package mutating func uuid(_ name: String, _ presence: Presence = .optional) -> UUID? {
        parsed(name, presence, "must be a UUID") { UUID($0) }
    }

    package mutating func timestamp(_ name: String, _ presence: Presence = .optional) -> Timestamp? {
        parsed(name, presence, "must be a time as in RFC 3339, such as 2026-01-31T09:30:00Z") { Timestamp(rfc3339: $0) }
    }

    /// A string that `parse` accepts; otherwise the error `message`.
    package mutating func parsed<Value>(
        _ name: String, _ presence: Presence, _ message: String, _ parse: (String) -> Value?
    ) -> Value? {
        guard let value = value(name, presence) else { return nil }
        guard let parsed = value.string.flatMap(parse) else {
            error(name, message)
            return nil
        }
        return parsed
    }

    // MARK: Structured values

    /// A nested object; its errors carry its path.
    package mutating func object<Value>(
        _ name: String, _ presence: Presence = .optional, _ read: (inout Fields) -> Value
    ) -> Value? {
        guard let value = value(name, presence) else { return nil }
        return nested(value, pointer(name), read)
    }

    /// An array of objects, each read by `read`; nil when it is missing or not such an array.
    package mutating func objects<Value>(
        _ name: String, _ presence: Presence = .optional, _ count: ClosedRange<Int>,
        _ read: (inout Fields) -> Value
    ) -> [Value]? {
        guard let items = items(name, presence, count) else { return nil }
        return items.enumerated().map { i, item in nested(item, "\(pointer(name))/\(i)", read) }
    }

    /// An array of strings that `parse` accepts, such as `{ UUID($0) }`; each other item gets the error `message`.
    package mutating func strings<Value>(
        _ name: String, _ presence: Presence = .optional, _ count: ClosedRange<Int>, _ message: String,
        _ parse: (String) -> Value?
    ) -> [Value]? {
        guard let items = items(name, presence, count) else { return nil }
        return items.enumerated().compactMap { i, item in
            if let parsed = item.string.flatMap(parse) { return parsed }
            errors.append(FieldError(path: "\(pointer(name))/\(i)", message: message))
            return nil
        }
    }

    private mutating func items(_ name: String, _ presence: Presence, _ count: ClosedRange<Int>) -> [JSON]? {
        guard let value = value(name, presence) else { return nil }
        guard let items = value.array else {
            error(name, "must be an array, not \(value.kindInWords)")
            return nil
        }
        guard count.contains(items.count) else {
            error(name, Self.lengthMessage(count, "items"))
            return nil
        }
        return items
    }

    private mutating func nested<Value>(_ json: JSON, _ path: String, _ read: (inout Fields) -> Value) -> Value {
        var fields = Fields(json, path: path)
        let value = read(&fields)
        errors.append(contentsOf: fields.errors)
        return value
    }

    private static func lengthMessage(_ range: ClosedRange<Int>, _ unit: String) -> String {
        if range.lowerBound == range.upperBound { return "must have exactly \(range.lowerBound) \(unit)" }
        return "must have \(range.lowerBound) to \(range.upperBound) \(unit)"
    }

    /// RFC 6901: `~` and `/` within a name are escaped.
    private func pointer(_ name: String) -> String {
        let escaped = name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        return "\(path)/\(escaped)"
    }
}
