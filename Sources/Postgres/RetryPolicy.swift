/// Whether a transaction that failed is run again from its beginning, and after what pause.
struct RetryPolicy {
    /// Serialization failures and deadlocks: so many runs after the first.
    static let conflictRetriesMax = 5
    /// Broken connections: a restart of the server breaks all that are idle, and each is found broken only when used.
    static let connectionRetriesMax = 3

    /// Whether running again cannot do harm.
    let isRepeatable: Bool
    private var conflicts = 0
    private var breaks = 0
    private var staleStatements = 0

    init(isRepeatable: Bool) { self.isRepeatable = isRepeatable }

    /// The pause before the next run; nil: give up. `jitter` is a random number from 0 to 1.
    mutating func pause(after error: PostgresError, jitter: Double) -> Duration? {
        guard isRepeatable else { return nil }
        if error.isSerializationConflict {
            guard conflicts < Self.conflictRetriesMax else { return nil }
            conflicts += 1
            return .milliseconds(5 << conflicts) * jitter
        }
        if error.isStalePreparedStatement {
            staleStatements += 1
            return staleStatements > 1 ? nil : .zero
        }
        guard Self.isBreak(error), breaks < Self.connectionRetriesMax else { return nil }
        breaks += 1
        return .zero
    }

    private static func isBreak(_ error: PostgresError) -> Bool {
        switch error {
        case .connectionLost: true
        case .server: error.isConnectionUnusable
        default: false
        }
    }
}
