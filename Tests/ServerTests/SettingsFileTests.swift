import Testing

@testable import Server

@Suite struct SettingsFileTests {
    private func read(_ text: String) -> [String: String] {
        guard let file = try? SettingsFile(text) else { return ["error": ""] }
        return Dictionary(file.values.map { ($0.key, $0.value) }) { $1 }
    }

    @Test func scalarsSequencesAndComments() {
        let text = """
            ---
            # a comment
            data: /var/lib/causeway   # where
            database_url: 'postgres://db/x?a=1#b'
            log: "debug"
            empty:
            allow_networks: [10.0.0.0/8, "fd00::/8"] # two
            http_listen: 127.0.0.1:8080
            more:
              - one
              - 'two, three'
            """
        #expect(
            read(text) == [
                "data": "/var/lib/causeway", "database_url": "postgres://db/x?a=1#b", "log": "debug", "empty": "",
                "allow_networks": "10.0.0.0/8,fd00::/8", "http_listen": "127.0.0.1:8080", "more": "one,two, three",
            ])
    }

    @Test func linesMayEndAsOnWindows() {
        #expect(read("a: 1\r\nb: 2\r\n") == ["a": "1", "b": "2"])
    }

    @Test(arguments: [
        ("a", 1), ("a: 1\n  b: 2", 2), ("a:1", 1), ("a: 1\na: 2", 2), ("- x", 1), ("a: [1", 1), ("a: 'x", 1),
        ("a: 'x' y", 1), ("a: \"\\x\"", 1), ("a: {b: 1}", 1), ("a: |", 1), ("a: &x", 1),
    ])
    func whatGoesBeyondItIsAnErrorWithItsLine(text: String, line: Int) {
        let failure = #expect(throws: SettingsFile.Failure.self) { _ = try SettingsFile(text) }
        #expect(failure?.line == line)
    }
}
