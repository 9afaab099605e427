/// A JSON value (RFC 8259). Objects keep the order of their members.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits in 64 bits.
    case int(Int64)
    /// Any other number.
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    package init(_ text: String) { self = .string(text) }
    package init(_ number: Int) { self = .int(Int64(number)) }
    package init(_ number: Int64) { self = .int(number) }
    package init(_ flag: Bool) { self = .bool(flag) }
    package init(_ items: [JSON]) { self = .array(items) }
    package init(_ object: JSONObject) { self = .object(object) }

    /// The value, or `null` when there is none.
    package init(_ text: String?) { self = text.map(JSON.string) ?? .null }
    package init(_ number: Int?) { self = number.map { .int(Int64($0)) } ?? .null }

    package var isNull: Bool { self == .null }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A whole number; a number written as `5.0` is not one.
    package var int: Int? {
        if case .int(let number) = self { Int(exactly: number) } else { nil }
    }

    /// Any number.
    package var double: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let items) = self { items } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The member of that name; nil when it is missing or this is not an object.
    package subscript(name: String) -> JSON? { object?[name] }

    /// The item at that place; nil when there is none or this is not an array.
    package subscript(index: Int) -> JSON? {
        guard let items = array, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// What it is, in the words of a message to a person: "a string", "null".
    package var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object in their order. Names are unique.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package var value: JSON
    }

    package private(set) var members: [Member]

    package init() { members = [] }

    /// Takes members whose names are known to differ.
    init(uniqueMembers: [Member]) { members = uniqueMembers }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var names: [String] { members.map(\.name) }

    /// The value under a name. Setting nil removes the member; a new name goes to the end.
    package subscript(name: String) -> JSON? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Of equal names the last wins.
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Of equal names the last wins.
    package init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }
}
