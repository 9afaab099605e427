import Foundation

/// A Swift file with its comments and string literals blanked out, so that rules look at code alone. Line numbers stay.
struct SwiftSource {
    /// From the top of the repository, such as "Sources/Bytes/Hex.swift".
    let path: String
    let lines: [String]
    /// The same lines, only code in them.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.components(separatedBy: "\n")
        // Nobody reads what a script wrote, and the rules do not either.
        guard !path.hasSuffix(".generated.swift") else {
            code = []
            return
        }
        var blanker = CodeBlanker(Array(text.utf8))
        code = blanker.blanked().components(separatedBy: "\n")
    }

    /// "Bytes" of "Sources/Bytes/Hex.swift".
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var isGenerated: Bool { path.hasSuffix(".generated.swift") }

    /// "path:line: text" of each code line that holds `pattern`.
    func hits(_ pattern: some RegexComponent) -> [String] {
        code.indices.compactMap { number in
            guard !code[number].isEmpty, code[number].firstMatch(of: pattern) != nil else { return nil }
            return "\(path):\(number + 1): \(lines[number].trimmingCharacters(in: .whitespaces))"
        }
    }

    /// Modules named by `import` lines.
    var imports: Set<String> {
        Set(
            code.lazy.filter { $0.contains("import ") }.compactMap { line in
                let words = line.split { $0 == " " || $0 == "." }
                guard let at = words.firstIndex(of: "import"), at < 3, at + 1 < words.count else { return nil }
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                return String(kinds.contains(words[at + 1]) ? words[at + 2] : words[at + 1])
            })
    }
}

/// Walks the bytes of a Swift file and puts spaces where comments and the text of string literals were.
struct CodeBlanker {
    private enum Mode: Equatable {
        case code(parentheses: Int)
        case string(hashes: Int, multiline: Bool)
    }

    private var bytes: [UInt8]
    private var at = 0
    private var modes: [Mode] = [.code(parentheses: 0)]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func blanked() -> String {
        while at < bytes.count {
            switch modes[modes.count - 1] {
            case .code(let parentheses): stepInCode(parentheses)
            case .string(let hashes, let multiline): stepInString(hashes, multiline)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func stepInCode(_ parentheses: Int) {
        switch bytes[at] {
        case UInt8(ascii: "/"):
            if starts(with: "//") { return blankLineComment() }
            if starts(with: "/*") { return blankBlockComment() }
        case UInt8(ascii: "#"), UInt8(ascii: "\""):
            if openString() { return }
        case UInt8(ascii: "("): modes[modes.count - 1] = .code(parentheses: parentheses + 1)
        case UInt8(ascii: ")"):
            // The bracket that ends an interpolation returns to its string.
            if parentheses == 0, modes.count > 1 {
                modes.removeLast()
            } else {
                modes[modes.count - 1] = .code(parentheses: parentheses - 1)
            }
        default: break
        }
        at += 1
    }

    private mutating func stepInString(_ hashes: Int, _ multiline: Bool) {
        switch bytes[at] {
        case UInt8(ascii: "\\"):
            let marks = String(repeating: "#", count: hashes)
            if starts(with: "\\" + marks + "(") {
                at += 2 + hashes
                modes.append(.code(parentheses: 0))
            } else {
                blank(hashes == 0 ? 2 : 1)
            }
        case UInt8(ascii: "\""):
            let end = (multiline ? "\"\"\"" : "\"") + String(repeating: "#", count: hashes)
            guard starts(with: end) else { return blank(1) }
            at += end.utf8.count
            modes.removeLast()
        case UInt8(ascii: "\n"):
            at += 1
            if !multiline { modes.removeLast() }
        default: blank(1)
        }
    }

    /// Steps into the string that opens here, with or without # before its quote; false when none opens.
    private mutating func openString() -> Bool {
        var quote = at
        while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
        guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return false }
        let hashes = quote - at
        at = quote
        let multiline = starts(with: "\"\"\"")
        at += multiline ? 3 : 1
        modes.append(.string(hashes: hashes, multiline: multiline))
        return true
    }

    private func starts(with text: String) -> Bool {
        bytes.count - at >= text.utf8.count && bytes[at...].starts(with: text.utf8)
    }

    private mutating func blank(_ count: Int) {
        if count == 1 {
            bytes[at] = UInt8(ascii: " ")
            at += 1
            return
        }
        for index in at..<min(at + count, bytes.count) where bytes[index] != UInt8(ascii: "\n") {
            bytes[index] = UInt8(ascii: " ")
        }
        at = min(at + count, bytes.count)
    }

    private mutating func blankLineComment() {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { blank(1) }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1; blank(2)
            } else if starts(with: "*/") {
                depth -= 1; blank(2)
            } else if bytes[at] == UInt8(ascii: "\n") {
                at += 1
            } else {
                blank(1)
            }
        } while depth > 0 && at < bytes.count
    }
}
