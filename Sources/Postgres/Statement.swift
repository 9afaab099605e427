/// A statement known at build time: its name, its text, and the types of `$1`, `$2`...
///
/// Every connection prepares it at first use under its name, so a name stands for one text in the whole program. Each
/// target lists its statements in an array, which a test prepares against the migrated schema.
package struct Statement: Sendable, CustomStringConvertible {
    package let name: String
    package let sql: String
    package let parameters: [PostgresType]
    /// A SELECT may be repeated on another connection when the first one breaks.
    let isSelect: Bool

    package init(_ name: StaticString, _ sql: String, _ parameters: [PostgresType] = []) {
        self.name = "\(name)"
        self.sql = sql
        self.parameters = parameters
        let firstWord = sql.drop { $0.isWhitespace }.prefix(6)
        isSelect = firstWord.uppercased() == "SELECT"
    }

    package var description: String { name }

    /// Names that stand twice in a registry; must be empty.
    package static func duplicateNames(in statements: [Statement]) -> [String] {
        var seen = Set<String>()
        return statements.map(\.name).filter { !seen.insert($0).inserted }
    }
}

/// A statement with its parameters, for a pipeline.
package struct BoundStatement: Sendable {
    package let statement: Statement
    package let parameters: [PostgresValue]

    package init(_ statement: Statement, _ parameters: [PostgresValue] = []) {
        self.statement = statement
        self.parameters = parameters
    }
}
