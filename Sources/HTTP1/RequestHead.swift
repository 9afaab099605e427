/// The methods of RFC 9110 9 and RFC 5789 that a resource can offer.
package enum HTTPMethod: String, Hashable, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// Where the body of a request ends (RFC 9112 6).
package enum BodyFraming: Equatable, Sendable {
    case none
    case contentLength(Int)
    case chunked
}

/// A request line and its fields after validation (RFC 9112 2.1).
package struct RequestHead: Equatable, Sendable {
    package var method: HTTPMethod
    package var target: RequestTarget
    /// 0 or 1, of HTTP/1.
    package var versionMinor: Int
    package var fields: HeaderFields
    package var framing: BodyFraming
    /// Whether the client wants the connection to go on (RFC 9112 9.3).
    package var wantsKeepAlive: Bool
    /// The client waits for 100 before it sends the body (RFC 9110 10.1.1).
    package var expectsContinue: Bool
}

/// The path and query of a request (RFC 9112 3.2).
package struct RequestTarget: Equatable, Sendable {
    /// As sent, without query: "/v1/connections/a%20b", or "*".
    package var path: String
    /// As sent, without "?"; nil when there was none.
    package var query: String?
    /// The path between its slashes, percent-decoded: ["v1", "connections", "a b"]. "/" is [""], "*" is [].
    package var segments: [String]

    /// The query as names and values, "+" and percent-encoding undone; nil when it is malformed.
    package func queryItems() -> [(name: String, value: String)]? {
        guard let query, !query.isEmpty else { return [] }
        var items: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let cut = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let rest = cut == part.endIndex ? part[cut...] : part[cut...].dropFirst()
            guard let name = PercentEncoding.decode(part[..<cut], plusIsSpace: true),
                let value = PercentEncoding.decode(rest, plusIsSpace: true)
            else { return nil }
            items.append((name, value))
        }
        return items
    }
}

/// Percent-decoding that refuses what it cannot stand for (RFC 3986 2.1).
enum PercentEncoding {
    /// Nil when a "%" lacks two digits, or the result holds control characters or is not UTF-8.
    static func decode(_ encoded: some Collection<UInt8>, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var i = encoded.startIndex
        while i != encoded.endIndex {
            var byte = encoded[i]
            i = encoded.index(after: i)
            if byte == UInt8(ascii: "%") {
                guard let high = digit(encoded, &i), let low = digit(encoded, &i) else { return nil }
                byte = high << 4 | low
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                byte = ASCII.space
            }
            if byte < 32 || byte == 127 { return nil }
            bytes.append(byte)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit<C: Collection<UInt8>>(_ encoded: C, _ i: inout C.Index) -> UInt8? {
        guard i != encoded.endIndex else { return nil }
        defer { i = encoded.index(after: i) }
        return ASCII.hexValue(encoded[i])
    }
}
