internal import Bytes

/// Validates field lines (RFC 9112 5) and keeps what decides about framing and the connection.
struct FieldCollector: Sendable {
    private var fields = HeaderFields()
    private var host: String?
    private var contentLength: Int?
    private var transferEncoding: TransferEncoding?
    private var connectionOptions: ConnectionOptions = []
    private var expectation: Expectation = .none

    private enum TransferEncoding { case chunked, unknown, malformed }
    private enum Expectation { case none, `continue`, unknown }

    private struct ConnectionOptions: OptionSet {
        let rawValue: Int
        static let close = ConnectionOptions(rawValue: 1)
        static let keepAlive = ConnectionOptions(rawValue: 2)
    }

    var count: Int { fields.count }

    mutating func reserve(byteCount: Int, fieldCount: Int) {
        fields.reserve(byteCount: byteCount, fieldCount: fieldCount)
    }

    mutating func parseLine(_ span: RawSpan, _ line: Range<Int>) throws(HTTPRefusal) {
        let parts = try FieldLine(span, line)
        fields.append(span, name: parts.name, value: parts.value)
        let name = span.extracting(parts.name)
        let value = span.extracting(parts.value)
        switch name.byteCount {
        case 4 where name.equalsIgnoringCase("host"): try takeHost(value)
        case 6 where name.equalsIgnoringCase("expect"): takeExpect(value)
        case 10 where name.equalsIgnoringCase("connection"): takeConnection(value)
        case 14 where name.equalsIgnoringCase("content-length"): try takeContentLength(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"): try takeTransferEncoding(value)
        default: break
        }
    }

    /// The head once all fields are in; rules that need more than one field are applied here.
    func makeHead(_ line: RequestLine) throws(HTTPRefusal) -> RequestHead {
        let isHTTP11 = line.versionMinor == 1
        if isHTTP11, host == nil { throw .missingHost }
        if let authority = line.authority, let host, authority != host { throw .hostMismatch }
        let framing = try framing(isHTTP11: isHTTP11)
        if isHTTP11, expectation == .unknown { throw .expectationFailed }
        return RequestHead(
            method: line.method, target: line.target, versionMinor: line.versionMinor, fields: fields,
            framing: framing,
            wantsKeepAlive: !connectionOptions.contains(.close)
                && (isHTTP11 || connectionOptions.contains(.keepAlive)),
            expectsContinue: isHTTP11 && expectation == .continue && framing != .none)
    }

    private func framing(isHTTP11: Bool) throws(HTTPRefusal) -> BodyFraming {
        guard let transferEncoding else {
            return contentLength.map { $0 == 0 ? .none : .contentLength($0) } ?? .none
        }
        if contentLength != nil { throw .ambiguousFraming }
        if !isHTTP11 { throw .malformedTransferEncoding }
        switch transferEncoding {
        case .chunked: return .chunked
        case .unknown: throw .unknownTransferEncoding
        case .malformed: throw .malformedTransferEncoding
        }
    }

    private mutating func takeHost(_ value: RawSpan) throws(HTTPRefusal) {
        if host != nil { throw .repeatedHost }
        guard HostField.isValid(value) else { throw .malformedHost }
        host = HostField.normalized(value)
    }

    private mutating func takeContentLength(_ value: RawSpan) throws(HTTPRefusal) {
        if contentLength != nil { throw .repeatedContentLength }
        guard value.byteCount > 0 else { throw .malformedContentLength }
        var number = 0
        for i in 0..<value.byteCount {
            let byte = value.byte(at: i)
            guard ASCII.isDigit(byte) else { throw .malformedContentLength }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = tens.addingReportingOverflow(Int(byte - 48))
            if overflow || overflow2 { throw .malformedContentLength }
            number = sum
        }
        contentLength = number
    }

    private mutating func takeTransferEncoding(_ value: RawSpan) throws(HTTPRefusal) {
        if transferEncoding != nil { throw .malformedTransferEncoding }
        if value.equalsIgnoringCase("chunked") {
            transferEncoding = .chunked
            return
        }
        let codings = listElements(value).map { $0.lowercased() }
        let isKnownMisuse =
            codings.isEmpty || codings.dropLast().contains("chunked")
            || codings.contains { $0.isEmpty || !$0.utf8.allSatisfy { ASCII.isToken($0) } }
        transferEncoding = isKnownMisuse ? .malformed : .unknown
    }

    private mutating func takeConnection(_ value: RawSpan) {
        if value.equalsIgnoringCase("keep-alive") {
            connectionOptions.insert(.keepAlive)
        } else if value.equalsIgnoringCase("close") {
            connectionOptions.insert(.close)
        } else {
            for option in listElements(value).map({ $0.lowercased() }) {
                if option == "close" { connectionOptions.insert(.close) }
                if option == "keep-alive" { connectionOptions.insert(.keepAlive) }
            }
        }
    }

    private mutating func takeExpect(_ value: RawSpan) {
        let isContinue = value.equalsIgnoringCase("100-continue") && expectation != .unknown
        expectation = isContinue ? .continue : .unknown
    }

    /// The elements of a comma-separated list (RFC 9110 5.6.1), trimmed.
    private func listElements(_ value: RawSpan) -> [String] {
        value.asciiString().utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { part in
            String(
                decoding: part.drop { $0 == ASCII.space || $0 == ASCII.tab }
                    .reversed().drop { $0 == ASCII.space || $0 == ASCII.tab }.reversed(), as: UTF8.self)
        }
    }
}

/// The places of name and value in one field line, after the checks of RFC 9112 5.1-5.2.
struct FieldLine {
    let name: Range<Int>
    let value: Range<Int>

    init(_ span: RawSpan, _ line: Range<Int>) throws(HTTPRefusal) {
        let first = span.byte(at: line.lowerBound)
        if first == ASCII.space || first == ASCII.tab { throw .foldedField }
        var i = line.lowerBound
        while i < line.upperBound, ASCII.isToken(span.byte(at: i)) { i += 1 }
        guard i > line.lowerBound, i < line.upperBound, span.byte(at: i) == UInt8(ascii: ":") else {
            throw .malformedFieldName
        }
        name = line.lowerBound..<i
        i += 1
        var end = line.upperBound
        while i < end, Self.isBlank(span.byte(at: i)) { i += 1 }
        while end > i, Self.isBlank(span.byte(at: end - 1)) { end -= 1 }
        for j in i..<end where !ASCII.isFieldValue(span.byte(at: j)) { throw .malformedFieldValue }
        value = i..<end
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }
}
