package import JSON

/// An error as its client sees it: `application/problem+json` (RFC 9457). The only mapping from what goes wrong in HTTP
/// to an answer; features add their own names. Nothing of a lower layer's message goes into it.
package struct Problem: Error, Equatable, Sendable {
    /// The stable last part of `urn:causeway:problem:NAME`.
    package var name: String
    package var status: HTTPStatus
    /// The same for every problem of this name.
    package var title: String
    /// This occurrence, in one sentence that says what to do.
    package var detail: String
    /// What is wrong in single fields of the request.
    package var errors: [FieldError]
    /// Members beyond the standard ones, such as the steps of an echo.
    package var members: JSONObject
    /// Fields the answer carries beside the body, such as Allow or Retry-After.
    package var fields: HeaderFields

    package init(
        _ name: String, _ status: HTTPStatus, title: String? = nil, detail: String, errors: [FieldError] = []
    ) {
        self.name = name
        self.status = status
        self.title = title ?? status.reason
        self.detail = detail
        self.errors = errors
        members = JSONObject()
        fields = HeaderFields()
    }

    /// The same problem with one more field in its answer.
    package func with(field name: String, _ value: String) -> Problem {
        var copy = self
        copy.fields.append(name, value)
        return copy
    }

    package func json(requestID: String) -> JSON {
        var object: JSONObject = [
            "type": .string("urn:causeway:problem:\(name)"),
            "title": .string(title),
            "status": JSON(status.code),
            "detail": .string(detail),
        ]
        if !errors.isEmpty {
            object["errors"] = JSON(errors.map { ["field": .string($0.path), "message": .string($0.message)] })
        }
        for member in members.members where object[member.name] == nil { object[member.name] = member.value }
        object["requestId"] = .string(requestID)
        return JSON(object)
    }

    package func response(requestID: String) -> Response {
        var response = Response(status, .bytes(json(requestID: requestID).bytes))
        response.fields = fields
        response.fields.append("content-type", "application/problem+json")
        response.fields.append("cache-control", "no-store")
        return response
    }
}

extension Problem {
    package init(_ refusal: HTTPRefusal) {
        self.init(refusal.problemName, refusal.status, detail: refusal.detail)
        if refusal == .methodNotAllowed {
            fields.append("allow", HTTPMethod.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }

    package init(_ error: HTTPError) {
        switch error {
        case .refused(let refusal): self.init(refusal)
        // Nobody reads these two; they exist so that a handler can treat all errors alike.
        case .disconnected: self.init("disconnected", .badRequest, detail: "The connection was lost.")
        case .aborted: self.init("internal", .internalServerError, detail: "The answer could not be completed.")
        }
    }

    package static let notFound = Problem("not-found", .notFound, detail: "There is nothing at this address.")
}

extension HTTPRefusal {
    /// What clients match on; one name for all that a correct client never runs into.
    var problemName: String {
        switch self {
        case .requestTimeout: "request-timeout"
        case .methodNotAllowed: "method-not-allowed"
        case .bodyTooLarge: "body-too-large"
        case .targetTooLong: "target-too-long"
        case .expectationFailed: "expectation-failed"
        case .headTooLarge, .tooManyFields: "head-too-large"
        case .unknownMethod, .unknownTransferEncoding: "not-implemented"
        case .versionNotSupported: "version-not-supported"
        case .malformedRequestLine, .malformedTarget, .malformedHost, .missingHost, .repeatedHost, .hostMismatch,
            .malformedFieldName, .malformedFieldValue, .foldedField, .bareLineFeed, .bareCarriageReturn,
            .malformedContentLength, .repeatedContentLength, .ambiguousFraming, .malformedTransferEncoding,
            .malformedChunk, .malformedTrailer:
            "malformed-request"
        }
    }
}
