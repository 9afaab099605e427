package import Bytes
package import JSON

/// What a handler returns: exactly one for each request, by construction.
package struct Response {
    package typealias Producer = (BodyWriter) async throws(HTTPError) -> Void

    package enum Body {
        case none
        case bytes([UInt8])
        /// Written while it is made; chunked when the number of bytes is not known before.
        case stream(byteCount: Int?, Producer)
    }

    package var status: HTTPStatus
    /// Without those of the connection and of framing, which the encoder writes.
    package var fields = HeaderFields()
    package var body: Body
    /// Ends the connection after this answer.
    package var closesConnection = false
    /// The pattern of the route that made it, for logs and metrics.
    package internal(set) var route: String?

    package init(_ status: HTTPStatus, _ body: Body = .none) {
        self.status = status
        self.body = body
    }

    package init(_ status: HTTPStatus, contentType: String, _ body: Body) {
        self.init(status, body)
        fields.append("content-type", contentType)
    }

    package static func json(_ value: JSON, _ status: HTTPStatus = .ok) -> Response {
        Response(status, contentType: "application/json", .bytes(value.bytes))
    }

    package static func text(_ text: String, _ status: HTTPStatus = .ok) -> Response {
        Response(status, contentType: "text/plain; charset=utf-8", .bytes(Array(text.utf8)))
    }
}

/// Takes the body of a streamed response, piece by piece, no faster than the client reads.
package final class BodyWriter {
    enum Framing: Equatable {
        case chunked
        case counted(Int)
        case untilClose
    }

    private let transport: HTTPTransport
    private var framing: Framing
    /// Body bytes taken so far.
    package private(set) var byteCount = 0

    init(_ transport: HTTPTransport, _ framing: Framing) {
        self.transport = transport
        self.framing = framing
    }

    package func write(_ bytes: [UInt8]) async throws(HTTPError) {
        let buffer = IOBuffer(capacity: max(bytes.count, 1))
        buffer.append(bytes)
        try await write(buffer)
    }

    /// Writes all that is readable in `buffer`, and consumes it.
    package func write(_ buffer: IOBuffer) async throws(HTTPError) {
        let count = buffer.readableCount
        guard count > 0 else { return }
        byteCount += count
        switch framing {
        case .counted(let left):
            guard count <= left else { throw .aborted("more bytes than were announced") }
            framing = .counted(left - count)
        case .chunked: transport.output.append("\(String(count, radix: 16))\r\n")
        case .untilClose: break
        }
        try await transport.write(buffer)
        if framing == .chunked { transport.output.append("\r\n") }
    }

    /// Sends what was written so far without waiting for more.
    package func flush() async throws(HTTPError) { try await transport.flush() }

    func finish() throws(HTTPError) {
        switch framing {
        case .chunked: transport.output.append("0\r\n\r\n")
        case .counted(let left): if left > 0 { throw .aborted("fewer bytes than were announced") }
        case .untilClose: break
        }
    }
}
