import Testing
@testable import HTTP1

/// One malformed or unwelcome head, and what every feed of it must end in.
struct RefusalCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let head: String
    let refusal: HTTPRefusal

    init(_ name: String, _ head: String, _ refusal: HTTPRefusal) {
        testDescription = name
        self.head = head
        self.refusal = refusal
    }

    private static func fields(_ name: String, _ lines: String, _ refusal: HTTPRefusal) -> RefusalCase {
        RefusalCase(name, "POST /echo HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", refusal)
    }

    private static func line(_ name: String, _ line: String, _ refusal: HTTPRefusal) -> RefusalCase {
        RefusalCase(name, "\(line)\r\nHost: a\r\n\r\n", refusal)
    }

    static let all: [RefusalCase] = requestLines + targets + hosts + fieldLines + framings + limits

    private static let requestLines: [RefusalCase] = [
        line("no target", "GET HTTP/1.1", .malformedRequestLine),
        line("no version", "GET /", .malformedRequestLine),
        line("two spaces", "GET  / HTTP/1.1", .malformedRequestLine),
        line("space in target", "GET /a b HTTP/1.1", .malformedRequestLine),
        line("tab for space", "GET\t/ HTTP/1.1", .malformedRequestLine),
        line("trailing space", "GET / HTTP/1.1 ", .malformedRequestLine),
        line("lower-case version", "GET / http/1.1", .malformedRequestLine),
        line("version without minor", "GET / HTTP/1", .malformedRequestLine),
        line("version 2.0", "PRI * HTTP/2.0", .versionNotSupported),
        line("version 1.2", "GET / HTTP/1.2", .versionNotSupported),
        line("version 0.9", "GET / HTTP/0.9", .versionNotSupported),
        line("unknown method", "BREW / HTTP/1.1", .unknownMethod),
        line("lower-case method", "get / HTTP/1.1", .unknownMethod),
        line("non-token method", "G(T / HTTP/1.1", .malformedRequestLine),
        line("CONNECT", "CONNECT a:443 HTTP/1.1", .methodNotAllowed),
        line("TRACE", "TRACE / HTTP/1.1", .methodNotAllowed),
        RefusalCase("TLS record", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", .malformedRequestLine),
        RefusalCase("white space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        RefusalCase("two blank lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        RefusalCase("NUL in target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
    ]

    private static let targets: [RefusalCase] = [
        line("relative target", "GET hello HTTP/1.1", .malformedTarget),
        line("star with GET", "GET * HTTP/1.1", .malformedTarget),
        line("half an escape", "GET /%4 HTTP/1.1", .malformedTarget),
        line("escape not hexadecimal", "GET /%zz HTTP/1.1", .malformedTarget),
        line("escaped NUL", "GET /%00 HTTP/1.1", .malformedTarget),
        line("escaped line feed", "GET /a%0Ab HTTP/1.1", .malformedTarget),
        line("escaped bytes that are not UTF-8", "GET /%FF HTTP/1.1", .malformedTarget),
        line("dot segment", "GET /a/../b HTTP/1.1", .malformedTarget),
        line("escaped dot segment", "GET /a/%2e%2e/b HTTP/1.1", .malformedTarget),
        line("single dot", "GET /./a HTTP/1.1", .malformedTarget),
        line("fragment", "GET /a#b HTTP/1.1", .malformedTarget),
        line("fragment after query", "GET /a?b#c HTTP/1.1", .malformedTarget),
        line("backslash", "GET /a\\b HTTP/1.1", .malformedTarget),
        line("other scheme", "GET ftp://a/ HTTP/1.1", .malformedTarget),
        line("user in authority", "GET http://u@a/ HTTP/1.1", .malformedTarget),
        line("authority differs from Host", "GET http://b/ HTTP/1.1", .hostMismatch),
        line("port differs from Host", "GET http://a:81/ HTTP/1.1", .hostMismatch),
    ]

    private static let hosts: [RefusalCase] = [
        RefusalCase("no Host", "GET / HTTP/1.1\r\n\r\n", .missingHost),
        RefusalCase("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .malformedHost),
        RefusalCase("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
        RefusalCase("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .repeatedHost),
        RefusalCase("Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .malformedHost),
        RefusalCase("Host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .malformedHost),
        RefusalCase("Host with list", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .malformedHost),
        RefusalCase("Host port too high", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", .malformedHost),
        RefusalCase("Host port not a number", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", .malformedHost),
        RefusalCase("open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .malformedHost),
    ]

    private static let fieldLines: [RefusalCase] = [
        fields("space before colon", "Name : x", .malformedFieldName),
        fields("no colon", "Name", .malformedFieldName),
        fields("empty name", ": x", .malformedFieldName),
        fields("name not a token", "Na(me: x", .malformedFieldName),
        fields("folded", "Name: x\r\n y", .foldedField),
        fields("folded with tab", "Name: x\r\n\ty", .foldedField),
        RefusalCase(
            "white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
        fields("NUL in value", "Name: a\0b", .malformedFieldValue),
        fields("control in value", "Name: a\u{1}b", .malformedFieldValue),
        fields("DEL in value", "Name: a\u{7F}b", .malformedFieldValue),
        fields("bare CR in value", "Name: a\rb", .bareCarriageReturn),
        fields("two CRs", "Name: a\r\r", .bareCarriageReturn),
        fields("bare LF", "Name: a\nOther: b", .bareLineFeed),
        RefusalCase("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
        RefusalCase("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        RefusalCase("LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareLineFeed),
        fields("unknown expectation", "Content-Length: 1\r\nExpect: 200-ok", .expectationFailed),
        fields("two expectations", "Content-Length: 1\r\nExpect: 100-continue, x", .expectationFailed),
    ]

    private static let framings: [RefusalCase] = [
        fields("signed length", "Content-Length: +5", .malformedContentLength),
        fields("negative length", "Content-Length: -5", .malformedContentLength),
        fields("hexadecimal length", "Content-Length: 0x5", .malformedContentLength),
        fields("underscore in length", "Content-Length: 1_000", .malformedContentLength),
        fields("empty length", "Content-Length: ", .malformedContentLength),
        fields("length with inner space", "Content-Length: 1 0", .malformedContentLength),
        fields("length list", "Content-Length: 5, 5", .malformedContentLength),
        fields("length overflow", "Content-Length: 9223372036854775808", .malformedContentLength),
        fields("two equal lengths", "Content-Length: 5\r\nContent-Length: 5", .repeatedContentLength),
        fields("two lengths", "Content-Length: 5\r\nContent-Length: 6", .repeatedContentLength),
        fields("both framings", "Content-Length: 5\r\nTransfer-Encoding: chunked", .ambiguousFraming),
        fields("both framings, turned", "Transfer-Encoding: chunked\r\nContent-Length: 5", .ambiguousFraming),
        fields("length 0 and chunked", "Content-Length: 0\r\nTransfer-Encoding: chunked", .ambiguousFraming),
        fields("gzip", "Transfer-Encoding: gzip", .unknownTransferEncoding),
        fields("gzip, chunked", "Transfer-Encoding: gzip, chunked", .unknownTransferEncoding),
        fields("xchunked", "Transfer-Encoding: xchunked", .unknownTransferEncoding),
        fields("chunked not last", "Transfer-Encoding: chunked, gzip", .malformedTransferEncoding),
        fields("chunked twice", "Transfer-Encoding: chunked, chunked", .malformedTransferEncoding),
        fields(
            "chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            .malformedTransferEncoding),
        fields("empty transfer encoding", "Transfer-Encoding:", .malformedTransferEncoding),
        fields("quoted chunked", "Transfer-Encoding: \"chunked\"", .malformedTransferEncoding),
        RefusalCase(
            "chunked in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            .malformedTransferEncoding),
    ]

    private static let limits: [RefusalCase] = [
        line("request line too long", "GET /\(String(repeating: "a", count: 8192)) HTTP/1.1", .targetTooLong),
        RefusalCase("endless request line", String(repeating: "a", count: 8192), .targetTooLong),
        fields("one long field", "Name: \(String(repeating: "a", count: 16_384))", .headTooLarge),
        fields(
            "many long fields",
            (0..<20).map { "Name\($0): \(String(repeating: "a", count: 1000))" }
                .joined(separator: "\r\n"), .headTooLarge),
        fields("too many fields", (0..<100).map { "N\($0): a" }.joined(separator: "\r\n"), .tooManyFields),
    ]
}
