/// A settings file: the part of YAML that flat settings need (YAML 1.2: block mapping of plain or quoted scalars, block
/// and flow sequences of scalars, comments). What goes beyond it is an error with its line, never a guess.
///
///     # where things are
///     data: /var/lib/causeway
///     allow_networks: [10.0.0.0/8, "fd00::/8"]
struct SettingsFile {
    struct Failure: Error, Equatable {
        let line: Int
        let reason: String
    }

    /// Keys with their values in the order of the file; a sequence is joined with commas.
    private(set) var values: [(key: String, value: String)] = []

    init(_ text: String) throws(Failure) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            try read(line, number)
        }
    }

    private mutating func read(_ line: Substring, _ number: Int) throws(Failure) {
        let content = line.drop { $0 == " " }
        if content.isEmpty || content.hasPrefix("#") || line == "---" { return }
        if content.hasPrefix("- ") { return try addItem(content.dropFirst(2), number) }
        guard content.startIndex == line.startIndex else {
            throw Failure(line: number, reason: "is indented; settings stand at the beginning of a line")
        }
        guard let colon = content.firstIndex(of: ":") else {
            throw Failure(line: number, reason: "is not `key: value`")
        }
        let key = String(content[..<colon])
        let rest = content[content.index(after: colon)...]
        guard rest.isEmpty || rest.hasPrefix(" ") else {
            throw Failure(line: number, reason: "needs a blank behind the colon")
        }
        guard !values.contains(where: { $0.key == key }) else {
            throw Failure(line: number, reason: "repeats \(key)")
        }
        values.append((key, try Self.value(rest.drop { $0 == " " }, number)))
    }

    private mutating func addItem(_ text: Substring, _ number: Int) throws(Failure) {
        guard let last = values.indices.last else { throw Failure(line: number, reason: "is an item without a key") }
        let item = try Self.scalar(text.drop { $0 == " " }, number)
        values[last].value += values[last].value.isEmpty ? item : ",\(item)"
    }

    private static func value(_ text: Substring, _ number: Int) throws(Failure) -> String {
        guard text.hasPrefix("[") else { return try scalar(text, number) }
        guard let end = text.lastIndex(of: "]"), isEnd(text[text.index(after: end)...]) else {
            throw Failure(line: number, reason: "has no closing ]")
        }
        var items: [String] = []
        for item in text[text.index(after: text.startIndex)..<end].split(separator: ",") {
            items.append(try scalar(item.drop { $0 == " " }, number))
        }
        return items.joined(separator: ",")
    }

    private static func scalar(_ text: Substring, _ number: Int) throws(Failure) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return try plain(text, number) }
        let inner = text.dropFirst()
        guard let end = inner.firstIndex(of: quote), isEnd(inner[inner.index(after: end)...]) else {
            throw Failure(line: number, reason: "has no closing quotation mark, or something behind it")
        }
        guard quote == "'" || !inner[..<end].contains("\\") else {
            throw Failure(line: number, reason: "has a backslash in double quotation marks; use single ones")
        }
        return String(inner[..<end])
    }

    private static func plain(_ text: Substring, _ number: Int) throws(Failure) -> String {
        if let first = text.first, "{}&*!|>%@`".contains(first) {
            throw Failure(line: number, reason: "begins with \(first), which needs quotation marks")
        }
        var value = text
        if let hash = text.indices.first(where: { text[$0] == "#" && isBehindBlank($0, text) }) {
            value = text[..<hash]
        }
        while value.last == " " || value.last == "\t" { value.removeLast() }
        return String(value)
    }

    private static func isBehindBlank(_ index: Substring.Index, _ text: Substring) -> Bool {
        index == text.startIndex || text[text.index(before: index)] == " "
    }

    private static func isEnd(_ rest: Substring) -> Bool {
        let content = rest.drop { $0 == " " }
        return content.isEmpty || content.hasPrefix("#")
    }
}
