/// Why a request cannot be understood or will not be taken. Each knows its own answer, after which the connection
/// closes.
package enum HTTPRefusal: Error, Equatable, Sendable, CaseIterable {
    // 400
    case malformedRequestLine, malformedTarget, malformedHost, missingHost, repeatedHost, hostMismatch
    case malformedFieldName, malformedFieldValue, foldedField, bareLineFeed, bareCarriageReturn
    case malformedContentLength, repeatedContentLength, ambiguousFraming, malformedTransferEncoding
    case malformedChunk, malformedTrailer
    // The rest
    case requestTimeout
    case methodNotAllowed
    case bodyTooLarge
    case targetTooLong
    case expectationFailed
    case headTooLarge, tooManyFields
    case unknownMethod, unknownTransferEncoding
    case versionNotSupported

    package var status: HTTPStatus {
        switch self {
        case .malformedRequestLine, .malformedTarget, .malformedHost, .missingHost, .repeatedHost, .hostMismatch,
            .malformedFieldName, .malformedFieldValue, .foldedField, .bareLineFeed, .bareCarriageReturn,
            .malformedContentLength, .repeatedContentLength, .ambiguousFraming, .malformedTransferEncoding,
            .malformedChunk, .malformedTrailer:
            .badRequest
        case .requestTimeout: .requestTimeout
        case .methodNotAllowed: .methodNotAllowed
        case .bodyTooLarge: .contentTooLarge
        case .targetTooLong: .uriTooLong
        case .expectationFailed: .expectationFailed
        case .headTooLarge, .tooManyFields: .headTooLarge
        case .unknownMethod, .unknownTransferEncoding: .notImplemented
        case .versionNotSupported: .versionNotSupported
        }
    }

    /// One sentence for the client; it never repeats what the client sent.
    package var detail: String {
        switch self {
        case .malformedRequestLine: "The request line is not METHOD SP TARGET SP VERSION."
        case .malformedTarget: "The request target is not a valid path and query."
        case .malformedHost: "The Host field is not a host name or address with an optional port."
        case .missingHost: "An HTTP/1.1 request needs a Host field."
        case .repeatedHost: "The Host field stands more than once."
        case .hostMismatch: "The authority of the request target differs from the Host field."
        case .malformedFieldName: "A field name is not a token followed by a colon."
        case .malformedFieldValue: "A field value contains a control character."
        case .foldedField: "A field line begins with white space; folded fields are not accepted."
        case .bareLineFeed: "A line ends with LF alone; lines end with CR LF."
        case .bareCarriageReturn: "A CR stands without LF."
        case .malformedContentLength: "Content-Length is not a decimal number."
        case .repeatedContentLength: "Content-Length stands more than once."
        case .ambiguousFraming: "Transfer-Encoding and Content-Length must not stand together."
        case .malformedTransferEncoding: "Transfer-Encoding is accepted as exactly \"chunked\", once, in HTTP/1.1."
        case .malformedChunk: "The chunked body is malformed."
        case .malformedTrailer: "The trailer of the chunked body is malformed or too large."
        case .requestTimeout: "The request did not arrive in time."
        case .methodNotAllowed: "CONNECT and TRACE are not offered."
        case .bodyTooLarge: "The body is larger than this resource takes."
        case .targetTooLong: "The request line is too long."
        case .expectationFailed: "The only expectation understood is 100-continue."
        case .headTooLarge: "The head of the request is too large."
        case .tooManyFields: "The request has too many fields."
        case .unknownMethod: "The method is not known."
        case .unknownTransferEncoding: "The transfer encoding is not known; only chunked is."
        case .versionNotSupported: "HTTP/1.1 and HTTP/1.0 are spoken here."
        }
    }
}

/// Why a body could not be read or written to its end.
package enum HTTPError: Error, Equatable, Sendable {
    /// The peer broke a rule or a limit; the answer is the refusal's.
    case refused(HTTPRefusal)
    /// The connection is gone: nobody will see an answer.
    case disconnected
    /// A producer of a streamed response gave up; the connection is cut so that the client notices.
    case aborted(String)
}
