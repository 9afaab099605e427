package import Reactor

/// A request as its handler sees it. It belongs to the connection's task.
package struct Request {
    package let head: RequestHead
    package let body: RequestBody
    /// The client's `X-Request-Id` when it is sane, ours otherwise; it stands in the answer and in every log line.
    package let id: String
    package let peer: SocketAddress?
    /// What stood in the places of the pattern's `{name}`.
    package internal(set) var captures = Captures()

    package var method: HTTPMethod { head.method }
    package var path: String { head.target.path }

    package func problem(_ problem: Problem) -> Response { problem.response(requestID: id) }
}

/// The values of a pattern's `{name}`, percent-decoded.
package struct Captures: Sendable {
    var names: [String] = []
    var values: [String] = []

    /// Nil only when the pattern has no such name.
    package subscript(name: String) -> String? {
        guard let index = names.firstIndex(of: name), index < values.count else { return nil }
        return values[index]
    }
}

/// How one request went, for logs and metrics.
package struct RequestSummary: Sendable {
    package let id: String
    /// Nil when the request was refused before it had one.
    package let method: HTTPMethod?
    /// The pattern, not the path: few values, none of them secret.
    package let route: String?
    package let status: Int
    package let requestBodyByteCount: Int
    package let responseBodyByteCount: Int
    package let duration: Duration
    package let peer: SocketAddress?
}
