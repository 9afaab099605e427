/// Why the store did not do what was asked.
package enum StoreError: Error, Sendable, Equatable {
    /// There is no such thing in this organization.
    case notFound
    /// A value that must be unique is taken, or the state of the thing forbids it: the member's name and words.
    case conflict(field: String, message: String)
    /// The version in `If-Match` is not the current one.
    case versionMismatch(current: Int)
    /// A member names something that does not exist in this organization.
    case invalidReference(field: String, message: String)
    /// A member of the request is wrong, such as a cursor.
    case invalid(field: String, message: String)
    /// It cannot be deleted while others use it, in words.
    case inUse(String)
    /// The delivery belongs to another worker by now: drop everything local.
    case leaseLost
    /// The database is away or too busy; try again later.
    case unavailable(String)
    /// The outcome of a commit is unknown; the same call again is harmless.
    case unknownOutcome(String)
    /// A defect of ours: words for the log, not for clients.
    case `internal`(String)
}
