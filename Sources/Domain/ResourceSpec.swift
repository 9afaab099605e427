package import JSON

/// Everything that is wrong with a request's body, at once.
package struct InvalidFields: Error, Equatable, Sendable {
    package let errors: [FieldError]

    package init(_ errors: [FieldError]) { self.errors = errors }

    package init(path: String, _ message: String) { errors = [FieldError(path: path, message: message)] }
}

/// The part of a resource that a client sets: what POST takes, and what PATCH changes.
package protocol ResourceSpec: Sendable, Equatable {
    /// Reads the members; what is wrong is collected in `fields`. Nil only when `fields` got an error.
    init?(_ fields: inout Fields)
    /// The members as `init` reads them.
    var json: JSONObject { get }
    /// Members for which null is a value of its own and not the default.
    static var nullableMembers: Set<String> { get }
}

extension ResourceSpec {
    package static var nullableMembers: Set<String> { [] }

    /// Reads a whole body. Members that are not known are errors, except those in `ignoring`, which the caller reads
    /// itself.
    package init(validating json: JSON, ignoring ignored: [String] = []) throws(InvalidFields) {
        var fields = Fields(json)
        for name in ignored { _ = fields.value(name) }
        let value = Self(&fields)
        fields.rejectUnknown()
        guard let value, fields.errors.isEmpty else { throw InvalidFields(fields.errors) }
        self = value
    }

    /// Applies a JSON merge patch (RFC 7396) to the JSON form, then validates the result as a whole. Null restores the
    /// default, except where null is a value.
    package func patched(by patch: JSON) throws(InvalidFields) -> Self {
        guard let changes = patch.object else {
            throw InvalidFields(path: "", "must be an object, not \(patch.kindInWords)")
        }
        var merged = JSON(json).merged(with: patch).object ?? JSONObject()
        for name in Self.nullableMembers where changes[name]?.isNull == true { merged[name] = .null }
        return try Self(validating: JSON(merged))
    }
}

extension JSON {
    /// The value after a JSON merge patch: members that are null in `patch` go, others replace or merge (RFC 7396 2).
    package func merged(with patch: JSON) -> JSON {
        guard let changes = patch.object else { return patch }
        var result = object ?? JSONObject()
        for member in changes.members {
            result[member.name] =
                member.value.isNull ? nil : (result[member.name] ?? .null).merged(with: member.value)
        }
        return JSON(result)
    }

    /// RFC 3339, or null.
    package init(_ time: Timestamp?) { self = time.map { JSON.string($0.rfc3339) } ?? .null }

    package init(_ id: UUID?) { self = id.map { JSON.string("\($0)") } ?? .null }

    package init(_ ids: [UUID]) { self = .array(ids.map { JSON.string("\($0)") }) }

    package init(_ texts: [String]) { self = .array(texts.map(JSON.string)) }
}

extension Fields {
    /// A name for people: 1 to 200 characters, not only blanks.
    mutating func displayName(_ name: String) -> String? {
        guard let text = string(name, .required, 1...200) else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            error(name, "must not be blank")
            return nil
        }
        return text
    }

    /// An AE title; outer blanks are not significant and are dropped (PS3.5 6.2).
    mutating func applicationEntity(_ name: String, _ presence: Presence = .optional) -> String? {
        parsed(name, presence, AETitleRule.message, AETitleRule.normalized)
    }
}

/// What may stand in an application entity title (PS3.5 6.2, value representation AE).
package enum AETitleRule {
    package static let message = "must have 1 to 16 ASCII characters, not only blanks, no backslash"

    /// The title without outer blanks; nil when it is not a title.
    package static func normalized(_ text: String) -> String? {
        var units = Array(text.utf8)[...]
        while units.first == 0x20 { units.removeFirst() }
        while units.last == 0x20 { units.removeLast() }
        let isAllowed = { (unit: UInt8) in 0x20...0x7E ~= unit && unit != UInt8(ascii: "\\") }
        guard 1...16 ~= units.count, units.allSatisfy(isAllowed) else { return nil }
        return String(decoding: units, as: UTF8.self)
    }
}
