import Bytes
import Testing
import TestSupport

@testable import HTTP1

@Suite struct HeadParserTests {
    private enum Result: Equatable {
        case head(RequestHead, Int)
        case refusal(HTTPRefusal)
        case needMore
    }

    /// What the parser says when its bytes arrive in these pieces.
    private func parse(_ pieces: [[UInt8]]) -> Result {
        var parser = HeadParser(HTTPLimits())
        let buffer = IOBuffer(capacity: 16)
        for piece in pieces {
            buffer.append(piece)
            do throws(HTTPRefusal) {
                let outcome = try parser.parse(buffer.readable)
                if case .head(let head, let count) = outcome { return .head(head, count) }
            } catch {
                return .refusal(error)
            }
        }
        return .needMore
    }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head, text.utf8.count) = parse([Array(text.utf8)]) else {
            throw Unparsed(text: text, result: "\(parse([Array(text.utf8)]))")
        }
        return head
    }

    private struct Unparsed: Error {
        let text: String
        let result: String
    }

    @Test(arguments: RefusalCase.all)
    func faultIsRefusedHoweverItIsCut(_ fault: RefusalCase) {
        for pieces in Splitter.cuts(of: Array(fault.head.utf8)) where pieces.count <= 20_000 {
            #expect(parse(pieces) == .refusal(fault.refusal))
        }
    }

    @Test func headIsTheSameHoweverItIsCut() throws {
        let text =
            "\r\nPOST /v1/a%20b?x=1&y HTTP/1.1\r\nHost: Example:80\r\nX-One:  a b \t\r\nx-one:\r\n"
            + "Content-Length: 12\r\nExpect: 100-Continue\r\nConnection: upgrade, Close\r\n\r\n"
        let bytes = Array(text.utf8)
        let whole = try head(text)
        for pieces in Splitter.cuts(of: bytes) {
            #expect(parse(pieces) == .head(whole, bytes.count))
        }
        #expect(whole.method == .post)
        #expect(whole.target == RequestTarget(path: "/v1/a%20b", query: "x=1&y", segments: ["v1", "a b"]))
        #expect(whole.fields.values("x-one") == ["a b", ""])
        #expect(whole.framing == .contentLength(12))
        #expect(whole.expectsContinue)
        #expect(!whole.wantsKeepAlive)
    }

    @Test func everyPrefixOfAGoodHeadNeedsMore() {
        let bytes = Array("GET /a HTTP/1.1\r\nHost: a\r\nName: value\r\n\r\n".utf8)
        for count in 0..<bytes.count { #expect(parse([Array(bytes[..<count])]) == .needMore) }
    }

    @Test func whatFollowsTheHeadIsLeftAlone() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        guard case .head(_, let count) = parse([Array((head + "\u{0}\n garbage").utf8)]) else {
            Issue.record("not parsed")
            return
        }
        #expect(count == head.utf8.count)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo\r\nConnection: CLOSE\r\n\r\n", false),
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
    ])
    func keepAliveFollowsVersionAndConnection(_ text: String, _ wants: Bool) throws {
        #expect(try head(text).wantsKeepAlive == wants)
    }

    @Test(arguments: [
        ("GET", BodyFraming.none), ("Content-Length: 0\r\n", .none), ("Content-Length: 007\r\n", .contentLength(7)),
        ("Content-Length: 9223372036854775807\r\n", .contentLength(.max)),
        ("Transfer-Encoding: chunked\r\n", .chunked), ("transfer-encoding:\tCHUNKED\t\r\n", .chunked),
    ])
    func framing(_ line: String, _ framing: BodyFraming) throws {
        let line = line == "GET" ? "" : line
        #expect(try head("POST / HTTP/1.1\r\nHost: a\r\n\(line)\r\n").framing == framing)
    }

    @Test(arguments: ["a", "a:80", "a.b-c_d", "127.0.0.1:8080", "[::1]", "[::1]:443", "[::ffff:1.2.3.4]", "a:"])
    func hostForms(_ host: String) throws {
        #expect(try head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").fields["host"] == host)
    }

    @Test(
        arguments: [
            ("http://a/b?c", "/b", "c"), ("HTTP://A", "/", nil), ("https://a?q", "/", "q"), ("/", "/", nil),
            ("/?", "/", ""),
        ] as [(String, String, String?)])
    func targetForms(_ target: String, _ path: String, _ query: String?) throws {
        let parsed = try head("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").target
        #expect(parsed.path == path)
        #expect(parsed.query == query)
    }

    @Test func expectationIsIgnoredInVersion10AndWithoutBody() throws {
        #expect(try !head("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: x\r\n\r\n").expectsContinue)
        #expect(try !head("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expectsContinue)
    }

    @Test func obsoleteTextIsKeptAndRepaired() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nName: ".utf8) + [0xE9] + Array("\r\n\r\n".utf8)
        guard case .head(let head, _) = parse([bytes]) else {
            Issue.record("not parsed")
            return
        }
        #expect(head.fields["name"] == "\u{FFFD}")
    }

    @Test func mutatedHeadsNeverCrash() {
        let seed: UInt64 = 20_240_601
        var random = SeededGenerator(seed: seed)
        let good = Array(
            "POST /v1/x?y=%41 HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n".utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = parse([bytes])
        }
    }
}

@Suite struct RequestTargetTests {
    private func items(_ query: String?) -> [String]? {
        RequestTarget(path: "/", query: query, segments: [""]).queryItems()?.map { "\($0.name)=\($0.value)" }
    }

    @Test func queryItemsAreDecoded() {
        #expect(items("a=1&b=x%20y+z&c&=d&&e=f=g") == ["a=1", "b=x y z", "c=", "=d", "e=f=g"])
        #expect(items(nil) == [])
        #expect(items("") == [])
    }

    @Test func malformedQueryIsNil() {
        #expect(items("a=%") == nil)
        #expect(items("a=%0a") == nil)
        #expect(items("%ff=1") == nil)
    }
}

@Suite struct ASCIITests {
    @Test func classesAreThoseOfTheStandards() {
        let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        let tokens = Set("!#$%&'*+-.^_`|~\(alphanumerics)".utf8)
        let paths = Set("-._~!$&'()*+,;=:@%/\(alphanumerics)".utf8)
        let names = Set("-._~!$&'()*+,;=%\(alphanumerics)".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(ASCII.isToken(byte) == tokens.contains(byte))
            #expect(ASCII.isPath(byte) == paths.contains(byte))
            #expect(ASCII.isRegName(byte) == names.contains(byte))
        }
    }
}

@Suite struct HeaderFieldsTests {
    @Test func orderAndDuplicatesAreKept() {
        let fields: HeaderFields = ["A": "1", "b": "2", "a": "3"]
        #expect(fields["a"] == "1")
        #expect(fields.values("a") == ["1", "3"])
        #expect(fields.all.map(\.name) == ["a", "b", "a"])
        #expect(fields["c"] == nil)
    }

    @Test func setReplacesAll() {
        var fields: HeaderFields = ["a": "1", "b": "2", "a": "3"]
        fields.set("A", "4")
        #expect(fields == ["b": "2", "a": "4"])
    }

    @Test func valueCannotForgeAnotherField() {
        let fields: HeaderFields = ["location": "/a\r\nset-cookie: x"]
        let buffer = IOBuffer(capacity: 64)
        fields.encode(into: buffer)
        #expect(buffer.readable.asciiString() == "location: /a  set-cookie: x\r\n")
    }
}
