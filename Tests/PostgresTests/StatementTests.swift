@testable import Postgres
import Testing

@Suite struct StatementTests {
    @Test func aNameThatStandsTwiceIsFound() {
        let statements = [Statement("a", "SELECT 1"), Statement("b", "SELECT 2"), Statement("a", "SELECT 3")]
        #expect(Statement.duplicateNames(in: statements) == ["a"])
    }

    @Test(arguments: [
        ("SELECT 1", true), ("\n  select 1", true), ("WITH x AS (SELECT 1) SELECT", false), ("UPDATE", false),
    ])
    func onlyASelectMayBeRepeated(_ sql: String, _ expected: Bool) {
        #expect(Statement("s", sql).isSelect == expected)
    }
}
