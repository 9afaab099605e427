/// A SQLSTATE: the five characters by which the server classes what went wrong (PostgreSQL manual, appendix A).
package struct SQLState: Hashable, Sendable, CustomStringConvertible {
    package let code: String

    package init(_ code: String) { self.code = code }

    package var description: String { code }
    /// The first two characters.
    package var errorClass: Substring { code.prefix(2) }

    package static let uniqueViolation = SQLState("23505")
    package static let foreignKeyViolation = SQLState("23503")
    package static let notNullViolation = SQLState("23502")
    package static let checkViolation = SQLState("23514")
    package static let exclusionViolation = SQLState("23P01")
    package static let restrictViolation = SQLState("23001")
    package static let serializationFailure = SQLState("40001")
    package static let deadlockDetected = SQLState("40P01")
    package static let lockNotAvailable = SQLState("55P03")
    package static let queryCanceled = SQLState("57014")
    package static let adminShutdown = SQLState("57P01")
    package static let crashShutdown = SQLState("57P02")
    package static let cannotConnectNow = SQLState("57P03")
    package static let tooManyConnections = SQLState("53300")
    package static let readOnlyTransaction = SQLState("25006")
    package static let insufficientPrivilege = SQLState("42501")
    package static let undefinedTable = SQLState("42P01")
    package static let syntaxError = SQLState("42601")
    package static let duplicateDatabase = SQLState("42P04")
    package static let invalidStatementName = SQLState("26000")
    package static let duplicatePreparedStatement = SQLState("42P05")
    package static let featureNotSupported = SQLState("0A000")
    package static let invalidCatalogName = SQLState("3D000")
}

/// What the server said about a statement that failed.
package struct ServerError: Equatable, Sendable {
    package let state: SQLState
    package let message: String
    package let detail: String?
    /// The constraint that was violated, for class 23.
    package let constraint: String?
    package let table: String?
    /// The name of the statement of ours, or a word such as "connect".
    package let statement: String
}

/// Why the database did not do what was asked.
package enum PostgresError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The server refused a statement; the transaction it stood in is rolled back.
    case server(ServerError)
    /// No connection could be made; the reason in libpq's words.
    case cannotConnect(String)
    /// The connection broke before anything could have been committed.
    case connectionLost(String)
    /// The deadline passed before anything could have been committed; `during` says in what.
    case timedOut(during: String)
    /// No connection of the pool became free before the deadline.
    case poolExhausted
    /// The connection broke or the deadline passed after a commit was sent: only looking can tell whether it happened.
    case unknownOutcome(String)
    /// A parameter does not fit the type that the statement declares.
    case badParameter(statement: String, index: Int, reason: String)
    /// A column was read as something it is not.
    case badColumn(index: Int, reason: String)
    /// One row was due and there were `count`.
    case unexpectedRowCount(Int)
    /// The transaction was used after its end, or the pool after `close`.
    case closed
    /// A migration cannot be applied, in words.
    case migration(String)

    package var description: String {
        switch self {
        case .server(let error):
            "the database refused \"\(error.statement)\": \(error.message) (\(error.state))"
        case .cannotConnect(let reason): "no connection to the database: \(reason)"
        case .connectionLost(let reason): "the connection to the database broke: \(reason)"
        case .timedOut(let during): "the database did not answer in time (\(during))"
        case .poolExhausted: "no connection to the database became free in time"
        case .unknownOutcome(let reason): "it is unknown whether the transaction was committed: \(reason)"
        case .badParameter(let statement, let index, let reason):
            "parameter $\(index + 1) of \"\(statement)\": \(reason)"
        case .badColumn(let index, let reason): "column \(index): \(reason)"
        case .unexpectedRowCount(let count): "one row was expected, there are \(count)"
        case .closed: "the database connection or transaction was already closed"
        case .migration(let reason): reason
        }
    }

    /// The server's class of error, if it was the server that refused.
    package var state: SQLState? {
        if case .server(let error) = self { error.state } else { nil }
    }

    /// The constraint that was violated.
    package var constraint: String? {
        if case .server(let error) = self { error.constraint } else { nil }
    }

    package func isViolation(of constraint: String) -> Bool {
        state?.errorClass == "23" && self.constraint == constraint
    }

    /// Two transactions got in each other's way; the same again will most likely succeed.
    package var isSerializationConflict: Bool { state == .serializationFailure || state == .deadlockDetected }

    /// The connection is of no further use: it is gone, or the server behind it is not (any more) the one to write to.
    package var isConnectionUnusable: Bool {
        switch self {
        case .server(let error):
            error.state.errorClass == "08"
                || [
                    .adminShutdown, .crashShutdown, .cannotConnectNow, .readOnlyTransaction, .tooManyConnections,
                ].contains(error.state)
        case .connectionLost, .timedOut, .unknownOutcome, .cannotConnect: true
        case .poolExhausted, .badParameter, .badColumn, .unexpectedRowCount, .closed, .migration: false
        }
    }

    /// The database is away or too busy: for HTTP 503, DICOM A700 and "try again later".
    package var isUnavailable: Bool {
        if case .poolExhausted = self { return true }
        return isConnectionUnusable
    }

    /// A prepared statement is not what this side believes, as behind a pooler or after a migration.
    var isStalePreparedStatement: Bool {
        guard let state else { return false }
        return [.invalidStatementName, .duplicatePreparedStatement, .featureNotSupported].contains(state)
    }
}

/// An error type that a body given to `PostgresPool.transaction(failing:)` may throw.
package protocol PostgresFailure: Error {
    /// Wraps what the database said.
    init(_ error: PostgresError)
    /// What `init` wrapped, so that conflicts can be told from decisions; nil for the rest.
    var postgresError: PostgresError? { get }
}

extension PostgresError: PostgresFailure {
    package init(_ error: PostgresError) { self = error }
    package var postgresError: PostgresError? { self }
}
