package import Logging
package import Reactor

/// What a server is made of, given once.
package struct HTTPServerSettings: Sendable {
    package typealias Handler = @Sendable (Request) async -> Response
    /// Makes the stream of requests out of an accepted socket: a TLS handshake, to be over by the deadline. When it
    /// throws, the server closes the socket.
    package typealias Wrap = @Sendable (SocketStream, Deadline) async throws(StreamError) -> any ByteStream

    package var limits = HTTPLimits()
    package var logger: Logger
    /// Nil serves plain text.
    package var wrap: Wrap?
    /// One call for each answer, on the loop: must not block.
    package var onRequestEnd: (@Sendable (RequestSummary) -> Void)?
    package var handler: Handler

    package init(logger: Logger, handler: @escaping Handler) {
        self.logger = logger
        self.handler = handler
    }
}

/// What the connections of one loop share.
final class HTTPServices {
    let settings: HTTPServerSettings
    var encoder: ResponseEncoder
    private static let digits = Array("0123456789abcdef".utf8)
    private var identifiers = UInt64.random(in: .min ... .max)

    init(_ settings: HTTPServerSettings) {
        self.settings = settings
        encoder = ResponseEncoder(isSecure: settings.wrap != nil)
    }

    /// The client's id if it is 1-64 letters, digits, "-", "_" or "."; ours otherwise: 16 hexadecimal digits.
    func requestID(_ given: String?) -> String {
        if let given, (1...64).contains(given.utf8.count), given.utf8.allSatisfy(Self.isSane) { return given }
        // A step of SplitMix64: different for each request, without a system call.
        identifiers &+= 0x9E37_79B9_7F4A_7C15
        var z = identifiers
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return String(decoding: (0..<16).map { Self.digits[Int(z >> UInt64(60 - 4 * $0) & 15)] }, as: UTF8.self)
    }

    private static func isSane(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (97...122).contains(ASCII.lowercased(byte)) || [45, 46, 95].contains(byte)
    }

    func report(_ summary: RequestSummary) {
        settings.onRequestEnd?(summary)
        let level: Logger.Level = summary.status >= 500 ? .info : .debug
        guard settings.logger.logLevel <= level else { return }
        settings.logger.log(
            level: level, "request",
            metadata: [
                "requestId": "\(summary.id)", "method": "\(summary.method?.rawValue ?? "-")",
                "route": "\(summary.route ?? "-")", "status": "\(summary.status)",
                "requestBytes": "\(summary.requestBodyByteCount)", "responseBytes": "\(summary.responseBodyByteCount)",
                "duration": "\(summary.duration)", "peer": "\(summary.peer?.description ?? "-")",
            ])
    }
}
