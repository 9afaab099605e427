internal import Bytes

/// Reads the head of a request (RFC 9112 2-3, 5) in one pass, refusing whatever two parsers could read differently.
///
///     METHOD SP TARGET SP HTTP/1.x CRLF
///     *( name ":" OWS value OWS CRLF )
///     CRLF
///
/// Lines are read as they become complete; feeding the same bytes in other pieces gives the same outcome. What is
/// accepted and refused stands in docs/protocol/http.md.
package struct HeadParser: Sendable {
    package enum Outcome: Sendable {
        /// Nothing wrong so far; call again with the same bytes and more behind them.
        case needMore
        /// The head, and how many bytes it took.
        case head(RequestHead, byteCount: Int)
    }

    private let requestLineByteCountMax: Int
    private let headByteCountMax: Int
    private let fieldCountMax: Int
    /// Where the search for the next LF goes on.
    private var scanned = 0
    private var lineStart = 0
    private var sawBlankLine = false
    private var line: RequestLine?
    private var fields = FieldCollector()

    package init(_ limits: HTTPLimits) {
        requestLineByteCountMax = limits.requestLineByteCountMax
        headByteCountMax = limits.headByteCountMax
        fieldCountMax = limits.fieldCountMax
    }

    /// Whether any byte of a request (beyond blank lines) was seen.
    package var hasBegun: Bool { scanned > lineStart || line != nil }

    /// `span` begins with the first byte of the request at each call.
    package mutating func parse(_ span: RawSpan) throws(HTTPRefusal) -> Outcome {
        while let end = try nextLineEnd(span) {
            let start = lineStart
            lineStart = end + 2
            guard let requestLine = line else {
                try parseFirstLine(span, start..<end)
                continue
            }
            if end == start {
                return .head(try fields.makeHead(requestLine), byteCount: lineStart)
            }
            if fields.count == fieldCountMax { throw .tooManyFields }
            try fields.parseLine(span, start..<end)
        }
        return .needMore
    }

    /// The offset of the CR of the next complete line.
    private mutating func nextLineEnd(_ span: RawSpan) throws(HTTPRefusal) -> Int? {
        let limit = line == nil ? min(headByteCountMax, lineStart + requestLineByteCountMax) : headByteCountMax
        let end = min(span.byteCount, limit)
        var i = scanned
        while i < end {
            let byte = span.byte(at: i)
            if byte == ASCII.lineFeed {
                guard i > lineStart, span.byte(at: i - 1) == ASCII.carriageReturn else { throw .bareLineFeed }
                scanned = i + 1
                return i - 1
            }
            if i > lineStart, span.byte(at: i - 1) == ASCII.carriageReturn { throw .bareCarriageReturn }
            // Whatever does not begin like a request (a TLS record, say) is answered without waiting for a line end.
            if line == nil, i == lineStart, byte != ASCII.carriageReturn, !ASCII.isToken(byte) {
                throw .malformedRequestLine
            }
            i += 1
        }
        scanned = i
        if i == limit { throw line == nil ? .targetTooLong : .headTooLarge }
        return nil
    }

    /// The request line, or the one blank line that RFC 9112 2.2 lets stand before it.
    private mutating func parseFirstLine(_ span: RawSpan, _ range: Range<Int>) throws(HTTPRefusal) {
        if range.isEmpty {
            if sawBlankLine { throw .malformedRequestLine }
            sawBlankLine = true
            return
        }
        let parsed = try RequestLine(span, range)
        line = parsed
        fields.reserve(byteCount: min(span.byteCount - lineStart, headByteCountMax), fieldCount: 8)
    }
}
