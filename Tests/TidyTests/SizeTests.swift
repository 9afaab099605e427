import Foundation
import Testing

/// The numbers of the house: docs/architecture.md, "Rules held by tests".
@Suite struct SizeTests {
    private let tree = SourceTree.shared

    @Test func treeIsFound() {
        #expect(tree.sources.count > 20 && tree.tests.count > 10, "the tree is read from \(tree.root.path)")
    }

    @Test func noLineIsLongerThan120() {
        let long = (tree.sources + tree.tests).filter { !$0.isGenerated }.flatMap { file in
            file.lines.indices.filter { file.lines[$0].count > 120 }.map { "\(file.path):\($0 + 1)" }
        }
        #expect(long == [])
    }

    @Test func noFileIsTooLong() {
        let long = (tree.sources.map { ($0, 500) } + tree.tests.map { ($0, 800) })
            .filter { file, limit in !file.isGenerated && file.lines.count > limit + 1 }
            .map { file, _ in "\(file.path): \(file.lines.count) lines" }
        #expect(long == [])
    }

    @Test func noFunctionIsLongerThan70() {
        let long = functions.filter { $0.function.lineCount > 70 }.map { "\($0.place): \($0.function.lineCount) lines" }
        #expect(long == [])
    }

    @Test func noFunctionTakesMoreThanFiveParameters() {
        // A memberwise initializer lists the fields of its type: there the struct already exists.
        let wide = functions.filter { $0.function.parameterCount > 5 && $0.function.name.hasPrefix("func") }
            .map { "\($0.place): \($0.function.parameterCount) parameters" }
        #expect(wide == [])
    }

    private var functions: [(place: String, function: FunctionLengths.Function)] {
        tree.sources.filter { !$0.isGenerated }.flatMap { file in
            FunctionLengths(code: file.code).functions.map { ("\(file.path):\($0.line) \($0.name)", $0) }
        }
    }
}
