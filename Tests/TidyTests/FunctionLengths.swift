/// Where each function with a body begins and how many lines it has, found by matching braces.
struct FunctionLengths {
    struct Function {
        let name: String
        /// Counted from 1.
        let line: Int
        let lineCount: Int
        let parameterCount: Int
    }

    private let bytes: [UInt8]
    private let lineOf: [Int]

    /// `code`: lines without comments and strings.
    init(code: [String]) {
        bytes = Array(code.joined(separator: "\n").utf8)
        var line = 1
        lineOf = bytes.map { byte in
            defer { if byte == UInt8(ascii: "\n") { line += 1 } }
            return line
        }
    }

    var functions: [Function] {
        bytes.indices.compactMap { start in
            guard let word = declaration(at: start) else { return nil }
            let signature = signature(from: start + word.count)
            guard let open = signature.bodyStart, let close = closingBrace(from: open) else { return nil }
            return Function(
                name: name(from: start), line: lineOf[start], lineCount: lineOf[close] - lineOf[start] + 1,
                parameterCount: signature.parameterCount)
        }
    }

    /// "func" or "init" when a declaration starts at this offset.
    private func declaration(at start: Int) -> String? {
        guard bytes[start] == UInt8(ascii: "f") || bytes[start] == UInt8(ascii: "i") else { return nil }
        for word in ["func", "init"] where bytes[start...].starts(with: word.utf8) {
            let before = start > 0 ? bytes[start - 1] : UInt8(ascii: " ")
            let after = start + 4 < bytes.count ? bytes[start + 4] : UInt8(ascii: " ")
            guard before == UInt8(ascii: " ") || before == UInt8(ascii: "\n") else { return nil }
            let opens = word == "func" ? [UInt8(ascii: " ")] : Array("(?<".utf8)
            return opens.contains(after) ? word : nil
        }
        return nil
    }

    /// The offset of the body's brace, nil for a requirement without one, and the number of parameters.
    private func signature(from start: Int) -> (bodyStart: Int?, parameterCount: Int) {
        var depth = 0, index = start, parameters = 0, sawParameters = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { sawParameters = true }
            // A parameter is what stands before a colon directly inside the first brackets.
            case UInt8(ascii: ":") where depth == 1 && !sawParameters: parameters += 1
            case UInt8(ascii: "{") where depth == 0: return (index, parameters)
            case UInt8(ascii: "}") where depth == 0: return (nil, parameters)
            case UInt8(ascii: "\n") where depth == 0 && sawParameters && !continues(after: index):
                return (nil, parameters)
            default: break
            }
            index += 1
        }
        return (nil, parameters)
    }

    /// Whether the line after this newline still belongs to the signature.
    private func continues(after newline: Int) -> Bool {
        let rest = bytes[newline...].drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: " ") }
        return ["{", "->", "throws", "rethrows", "async", "where"].contains { rest.starts(with: $0.utf8) }
            || bytes[..<newline].last { $0 != UInt8(ascii: " ") } == UInt8(ascii: ">")
    }

    private func closingBrace(from open: Int) -> Int? {
        var depth = 0
        for index in open..<bytes.count {
            if bytes[index] == UInt8(ascii: "{") { depth += 1 }
            if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private func name(from start: Int) -> String {
        String(decoding: bytes[start...].prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
