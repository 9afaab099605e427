internal import Domain
internal import HTTP1
internal import JSON
internal import Logging
internal import Store

extension AdminServices {
    /// Runs a call of the store; its error becomes the client's problem. What the client is not told goes to the log.
    func stored<T>(
        _ requestId: String, _ body: () async throws(StoreError) -> T
    ) async throws(Problem) -> T {
        do throws(StoreError) {
            return try await body()
        } catch {
            throw problem(error, requestId)
        }
    }

    func problem(_ error: StoreError, _ requestId: String) -> Problem {
        switch error {
        case .internal, .leaseLost: return defect("the store failed", error, requestId)
        case .unavailable(let words), .unknownOutcome(let words):
            logger.warning(
                "the database is away or busy", metadata: ["requestId": "\(requestId)", "error": "\(words)"])
        default: break
        }
        return Problem(error)
    }

    /// A failure of ours: the cause for the log, a problem without it for the client.
    func defect(_ what: String, _ cause: any Error, _ requestId: String) -> Problem {
        logger.error("\(what)", metadata: ["requestId": "\(requestId)", "error": "\(cause)"])
        return .defect
    }
}

extension Call {
    func stored<T>(_ body: () async throws(StoreError) -> T) async throws(Problem) -> T {
        try await services.stored(request.id, body)
    }

    func problem(_ error: StoreError) -> Problem { services.problem(error, request.id) }

    func defect(_ what: String, _ cause: any Error) -> Problem { services.defect(what, cause, request.id) }
}

/// Runs a validation; what it finds wrong becomes the client's problem, all at once.
func validated<T>(_ body: () throws(InvalidFields) -> T) throws(Problem) -> T {
    do throws(InvalidFields) { return try body() } catch { throw Problem(invalid: error.errors) }
}

extension Problem {
    static let defect = Problem(
        "internal", .internalServerError, detail: "Something went wrong on our side; the log has the request id.")

    /// 422 with every wrong field.
    init(invalid errors: [FieldError]) {
        let count = errors.count == 1 ? "One field is wrong" : "\(errors.count) fields are wrong"
        self.init("invalid", .unprocessableContent, detail: "\(count); see errors.", errors: errors)
    }

    /// 422 for one field; the cursor is the only one that stands in the query.
    init(field: String, _ message: String) {
        self.init(invalid: [FieldError(path: field == "cursor" ? "?cursor" : "/\(field)", message: message)])
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
        case .leaseLost, .internal: self = .defect
        case .unavailable, .unknownOutcome:
            self.init(
                "unavailable", .serviceUnavailable, detail: "The database is away or busy; try again in a moment.")
            fields.append("retry-after", "2")
        }
    }
}
