internal import Bytes

/// METHOD SP TARGET SP VERSION (RFC 9112 3).
struct RequestLine: Sendable {
    let method: HTTPMethod
    let target: RequestTarget
    let versionMinor: Int
    /// The authority of a target in absolute form, lower-cased; it must agree with Host.
    let authority: String?

    init(_ span: RawSpan, _ range: Range<Int>) throws(HTTPRefusal) {
        var methodEnd = range.lowerBound
        while methodEnd < range.upperBound, ASCII.isToken(span.byte(at: methodEnd)) { methodEnd += 1 }
        var targetEnd = methodEnd + 1
        while targetEnd < range.upperBound, ASCII.isVisible(span.byte(at: targetEnd)) { targetEnd += 1 }
        guard methodEnd > range.lowerBound, targetEnd < range.upperBound, targetEnd > methodEnd + 1,
            span.byte(at: methodEnd) == ASCII.space, span.byte(at: targetEnd) == ASCII.space
        else { throw .malformedRequestLine }
        versionMinor = try Self.version(span.extracting((targetEnd + 1)..<range.upperBound))
        method = try Self.method(span.extracting(range.lowerBound..<methodEnd))
        (target, authority) = try Self.target(span.extracting((methodEnd + 1)..<targetEnd), method)
    }

    private static func version(_ text: RawSpan) throws(HTTPRefusal) -> Int {
        if text.equals("HTTP/1.1") { return 1 }
        if text.equals("HTTP/1.0") { return 0 }
        guard text.byteCount == 8, text.extracting(0..<5).equals("HTTP/"), ASCII.isDigit(text.byte(at: 5)),
            text.byte(at: 6) == UInt8(ascii: "."), ASCII.isDigit(text.byte(at: 7))
        else { throw .malformedRequestLine }
        throw .versionNotSupported
    }

    private static func method(_ text: RawSpan) throws(HTTPRefusal) -> HTTPMethod {
        if text.equals("GET") { return .get }
        if text.equals("POST") { return .post }
        if text.equals("CONNECT") || text.equals("TRACE") { throw .methodNotAllowed }
        guard let method = HTTPMethod(rawValue: text.asciiString()) else { throw .unknownMethod }
        return method
    }

    private static func target(
        _ text: RawSpan, _ method: HTTPMethod
    ) throws(HTTPRefusal) -> (RequestTarget, authority: String?) {
        if text.byte(at: 0) == UInt8(ascii: "/") { return (try RequestTarget(originForm: text), nil) }
        if text.equals("*") {
            guard method == .options else { throw .malformedTarget }
            return (RequestTarget(path: "*", query: nil, segments: []), nil)
        }
        return try absoluteForm(text)
    }

    /// `http://authority/path`; only proxies are sent this, but every server must take it (RFC 9112 3.2.2).
    private static func absoluteForm(_ text: RawSpan) throws(HTTPRefusal) -> (RequestTarget, authority: String?) {
        var start = 0
        for (scheme, length) in [("http://" as StaticString, 7), ("https://", 8)]
        where text.byteCount > length && text.extracting(0..<length).equalsIgnoringCase(scheme) {
            start = length
        }
        guard start > 0 else { throw .malformedTarget }
        var end = start
        while end < text.byteCount, text.byte(at: end) != UInt8(ascii: "/"), text.byte(at: end) != UInt8(ascii: "?") {
            end += 1
        }
        let authority = text.extracting(start..<end)
        guard HostField.isValid(authority) else { throw .malformedTarget }
        let rest = text.extracting(end..<text.byteCount)
        if rest.byteCount > 0, rest.byte(at: 0) == UInt8(ascii: "/") {
            return (try RequestTarget(originForm: rest), HostField.normalized(authority))
        }
        var target = RequestTarget(path: "/", query: nil, segments: [""])
        if rest.byteCount > 0 { target.query = try RequestTarget.query(rest.extracting(1..<rest.byteCount)) }
        return (target, HostField.normalized(authority))
    }
}

extension RequestTarget {
    /// `text` begins with "/" and holds visible ASCII only.
    init(originForm text: RawSpan) throws(HTTPRefusal) {
        var end = 0
        var isEncoded = false
        while end < text.byteCount, text.byte(at: end) != UInt8(ascii: "?") {
            let byte = text.byte(at: end)
            guard ASCII.isPath(byte) else { throw .malformedTarget }
            if byte == UInt8(ascii: "%") { isEncoded = true }
            end += 1
        }
        path = text.extracting(0..<end).asciiString()
        query = end == text.byteCount ? nil : try Self.query(text.extracting((end + 1)..<text.byteCount))
        segments = []
        var start = 1
        for i in 1...end where i == end || text.byte(at: i) == UInt8(ascii: "/") {
            segments.append(try Self.segment(text.extracting(start..<i), isEncoded))
            start = i + 1
        }
    }

    static func query(_ text: RawSpan) throws(HTTPRefusal) -> String {
        for i in 0..<text.byteCount where text.byte(at: i) == UInt8(ascii: "#") { throw .malformedTarget }
        return text.asciiString()
    }

    /// Dot segments are refused rather than resolved, so that a path has one spelling.
    private static func segment(_ text: RawSpan, _ isEncoded: Bool) throws(HTTPRefusal) -> String {
        let decoded = isEncoded ? PercentEncoding.decode(text.array()) : text.asciiString()
        guard let decoded, decoded != ".", decoded != ".." else { throw .malformedTarget }
        return decoded
    }
}

/// The Host field: a name, an IPv4 address, or an IPv6 address in brackets, and a port (RFC 9110 7.2).
enum HostField {
    static func isValid(_ text: RawSpan) -> Bool {
        var i = 0
        let count = text.byteCount
        guard count > 0 else { return false }
        if text.byte(at: 0) == UInt8(ascii: "[") {
            i = 1
            while i < count,
                ASCII.hexValue(text.byte(at: i)) != nil || text.byte(at: i) == UInt8(ascii: ":")
                    || text.byte(at: i) == UInt8(ascii: ".")
            {
                i += 1
            }
            guard i > 2, i < count, text.byte(at: i) == UInt8(ascii: "]") else { return false }
            i += 1
        } else {
            while i < count, ASCII.isRegName(text.byte(at: i)) { i += 1 }
            guard i > 0 else { return false }
        }
        if i == count { return true }
        guard text.byte(at: i) == UInt8(ascii: ":"), count - i <= 6 else { return false }
        var port = 0
        for j in (i + 1)..<count {
            guard ASCII.isDigit(text.byte(at: j)) else { return false }
            port = port * 10 + Int(text.byte(at: j) - 48)
        }
        return port <= 65_535
    }

    static func normalized(_ text: RawSpan) -> String { text.asciiString().lowercased() }
}

extension RawSpan {
    /// Whether the bytes are `text` (lower case) when letters are taken as lower case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        var i = 0
        for expected in "\(text)".utf8 {
            if ASCII.lowercased(byte(at: i)) != expected { return false }
            i += 1
        }
        return true
    }
}
