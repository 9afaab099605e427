/// Why bytes are not acceptable JSON: what is wrong and at which byte.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From the first byte of the text.
    package let offset: Int
    /// Without offset, as in "a comma or ] was expected".
    package let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "JSON at byte \(offset): \(reason)" }
}

extension JSON {
    /// Parses one JSON text, strictly after RFC 8259.
    ///
    /// Beyond the grammar it refuses a byte order mark, a name used twice in one object, text that is not UTF-8, lone
    /// surrogates, numbers too large for a `Double`, and more than `byteCountMax` bytes or `depthMax` levels.
    package init(parsing bytes: [UInt8], byteCountMax: Int, depthMax: Int = 64) throws(JSONError) {
        guard bytes.count <= byteCountMax else {
            throw JSONError(offset: byteCountMax, reason: "the text is longer than \(byteCountMax) bytes")
        }
        var parser = JSONParser(bytes: bytes, depthMax: depthMax)
        self = try parser.document()
    }

    /// Parses text of our own, such as a stored column.
    package init(parsing text: String, depthMax: Int = 64) throws(JSONError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes, byteCountMax: bytes.count, depthMax: depthMax)
    }
}

/// Recursive descent over one buffer.
private struct JSONParser {
    let bytes: [UInt8]
    let depthMax: Int
    var at = 0
    var depth = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    func error(_ reason: String, at offset: Int? = nil) -> JSONError {
        JSONError(offset: offset ?? at, reason: reason)
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error("nothing may follow the value") }
        return value
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    /// The next byte after white space, not taken.
    private mutating func peek() throws(JSONError) -> UInt8 {
        skipSpace()
        guard at < bytes.count else { throw error("the text ends too early") }
        return bytes[at]
    }

    private mutating func value() throws(JSONError) -> JSON {
        switch try peek() {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value was expected")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSON
    ) throws(JSONError) -> JSON {
        guard depth < depthMax else { throw error("more than \(depthMax) levels") }
        depth += 1
        at += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONError) -> JSON {
        var members: [JSONObject.Member] = []
        var names = NameSet()
        if try peek() == UInt8(ascii: "}") {
            at += 1
            return .object(JSONObject())
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw error("a member name in quotes was expected") }
            let start = at
            let name = try string()
            guard names.insert(name, into: members) else {
                throw error("the name \"\(name)\" is used twice", at: start)
            }
            guard try peek() == UInt8(ascii: ":") else { throw error("a colon was expected") }
            at += 1
            members.append(JSONObject.Member(name: name, value: try value()))
            switch try peek() {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                return .object(JSONObject(uniqueMembers: members))
            default: throw error("a comma or } was expected")
            }
        }
    }

    private mutating func array() throws(JSONError) -> JSON {
        var items: [JSON] = []
        if try peek() == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            items.append(try value())
            switch try peek() {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return .array(items)
            default: throw error("a comma or ] was expected")
            }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let text = "\(word)".utf8
        guard bytes[at...].starts(with: text) else { throw error("\(word) was expected") }
        at += text.count
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        var isWhole = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
            at += 1
        } else {
            try digits()
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        if at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) {
            throw error("a number must not begin with 0", at: start)
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw error("the number is too large", at: start) }
        return .double(number)
    }

    /// One digit or more.
    private mutating func digits() throws(JSONError) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        guard at > start else { throw error("a digit was expected") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        let start = at
        at += 1
        var run = at
        // Filled only when there are escapes; most strings are one run of bytes.
        var decoded: [UInt8] = []
        while true {
            guard at < bytes.count else { throw error("the string does not end", at: start) }
            switch bytes[at] {
            case UInt8(ascii: "\""):
                let end = at
                at += 1
                if decoded.isEmpty { return try text(bytes[run..<end], from: run) }
                decoded.append(contentsOf: bytes[run..<end])
                return try text(decoded[...], from: start)
            case UInt8(ascii: "\\"):
                decoded.append(contentsOf: bytes[run..<at])
                try escape(into: &decoded)
                run = at
            case 0..<0x20: throw error("a control character in a string must be escaped")
            default: at += 1
            }
        }
    }

    private func text(_ utf8: ArraySlice<UInt8>, from offset: Int) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw error("the string is not UTF-8", at: offset)
        }
        return text
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        at += 1
        guard at < bytes.count else { throw error("the string does not end") }
        let letter = bytes[at]
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            decoded.append(contentsOf: UTF8.encode(try scalar()) ?? UTF8.encodedReplacementCharacter)
        default: throw error("unknown escape", at: at - 2)
        }
    }

    /// After `\u`: four hexadecimal digits, or two such units that form a surrogate pair.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let start = at - 2
        let unit = try hexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, bytes[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            throw error("half of a surrogate pair", at: start)
        }
        at += 2
        let low = try hexUnit()
        guard 0xDC00..<0xE000 ~= low,
            let scalar = Unicode.Scalar(0x1_0000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else { throw error("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard at < bytes.count, let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else {
                throw error("four hexadecimal digits were expected")
            }
            unit = unit << 4 | UInt16(digit)
            at += 1
        }
        return unit
    }
}

/// Finds a repeated name: by looking through a few, by hashing when there are many.
private struct NameSet {
    private var hashed: Set<String>?

    /// False when `name` is already among `members`.
    mutating func insert(_ name: String, into members: [JSONObject.Member]) -> Bool {
        if members.count < 16 { return !members.contains { $0.name == name } }
        if hashed == nil { hashed = Set(members.lazy.map(\.name)) }
        return hashed?.insert(name).inserted ?? false
    }
}
