import Testing

/// The reader behind the rules, on small texts.
@Suite struct SwiftSourceTests {
    private func code(_ text: String) -> String {
        SwiftSource(path: "Sources/A/B.swift", text: text).code.joined(separator: "\n")
    }

    @Test func commentsAndStringsAreBlanked() {
        #expect(code("let a = \"try! x\" // unsafe\nb") == "let a = \"      \"          \nb")
        #expect(code("a /* x /* y */ z */ b") == "a                   b")
        #expect(code("a(#\"x\"y\"#, \"\"\"\n  unsafe \"q\"\n  \"\"\")b").hasSuffix(")b"))
    }

    @Test func interpolatedCodeStays() {
        #expect(code(#"x("a \(try! f("unsafe")) b")"#) == #"x("  \(try! f("      "))  ")"#)
    }

    @Test func importsAreRead() {
        let file = SwiftSource(
            path: "Sources/A/B.swift",
            text: "package import Bytes\n@testable import JSON\nimport struct Glibc.stat\n// import No")
        #expect(file.imports == ["Bytes", "JSON", "Glibc"])
        #expect(file.target == "A")
    }

    @Test func functionsAreMeasured() {
        let text = """
            protocol P {
                func none(a: Int)
                var x: Int { get }
            }
            struct S {
                init(a: Int, b: @escaping (Int) -> Void = { _ in }) { self.init() }
                func two(a: [String: Int])
                    -> Int
                {
                    1
                }
            }
            """
        let found = FunctionLengths(code: SwiftSource(path: "", text: text).code).functions
        #expect(found.map(\.name) == ["init", "func two"])
        #expect(found.map(\.lineCount) == [1, 5])
        #expect(found.map(\.parameterCount) == [2, 1])
    }
}
