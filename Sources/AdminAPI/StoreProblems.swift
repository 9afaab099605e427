internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// Runs a call of the store; its error becomes the client's problem.
func stored<T>(_ body: () async throws(StoreError) -> T) async throws(Problem) -> T {
    do throws(StoreError) { return try await body() } catch { throw Problem(error) }
}

/// Runs a validation; what it finds wrong becomes the client's problem, all at once.
func validated<T>(_ body: () throws(InvalidFields) -> T) throws(Problem) -> T {
    do throws(InvalidFields) { return try body() } catch { throw Problem(invalid: error.errors) }
}

extension Problem {
    /// 422 with every wrong field.
    init(invalid errors: [FieldError]) {
        let count = errors.count == 1 ? "One field is wrong" : "\(errors.count) fields are wrong"
        self.init("invalid", .unprocessableContent, detail: "\(count); see errors.", errors: errors)
    }

    /// 422 for one field.
    init(field: String, _ message: String) {
        self.init(invalid: [FieldError(path: "/\(field)", message: message)])
    }

    init(_ error: StoreError) {
        switch error {
        case .notFound: self = .notFound
        case .conflict(let field, let message):
            self.init("conflict", .conflict, detail: message, errors: [FieldError(path: "/\(field)", message: message)])
        case .versionMismatch(let current):
            self.init(
                "version-mismatch", .preconditionFailed,
                detail: "It was changed meanwhile: read it again and repeat the change on version \(current).")
        case .invalidReference(let field, let message), .invalid(let field, let message):
            self.init(field: field, message)
        case .inUse(let words): self.init("in-use", .conflict, detail: words)
        case .leaseLost, .internal:
            self.init("internal", .internalServerError, detail: "Something went wrong on our side; the log has the request id.")
        case .unavailable, .unknownOutcome:
            self.init("unavailable", .serviceUnavailable, detail: "The database is away or busy; try again in a moment.")
            fields.append("retry-after", "2")
        }
    }
}
