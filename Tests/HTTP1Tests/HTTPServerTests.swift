import Bytes
import Reactor
import Testing
import TestSupport

@testable import HTTP1

@Suite struct HTTPServerTests {
    @Test func everyRefusalIsAnsweredAndEndsTheConnection() async throws {
        try await withServer { live in
            for fault in RefusalCase.all {
                let text = try await live.exchange(fault.head)
                #expect(text.hasPrefix("HTTP/1.1 \(fault.refusal.status.code) "), "\(fault.testDescription)")
                #expect(text.contains("connection: close"), "\(fault.testDescription)")
                #expect(text.contains("urn:causeway:problem:\(fault.refusal.problemName)"), "\(fault.testDescription)")
            }
            #expect(await live.isQuiet())
        }
    }

    @Test(arguments: ChunkedDecoderTests.faults)
    func chunkFaultIsAnsweredAndEndsTheConnection(_ body: String, _ refusal: HTTPRefusal) async throws {
        try await withServer { live in
            let text = try await live.exchange(.chunked("/count") + body)
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.contains("connection: close"))
        }
    }

    @Test func connectionIsKept() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            for _ in 0..<3 {
                try await client.send(.get)
                let answer = try await client.read()
                #expect(answer.status == 200)
                #expect(answer.body == "hello")
                #expect(answer.has("x-content-type-options: nosniff"))
                #expect(!answer.head.contains("connection:"))
                #expect(!answer.head.contains("server:"))
            }
        }
    }

    @Test(arguments: [
        "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /hello HTTP/1.0\r\n\r\n",
    ])
    func connectionIsClosedWhenAsked(_ text: String) async throws {
        try await withServer { live in
            let answer = try await live.exchange(text)
            #expect(answer.contains("connection: close"))
            #expect(answer.hasSuffix("hello"))
        }
    }

    @Test func oldClientThatAsksIsKept() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.read().has("connection: keep-alive"))
            try await client.send(.get)
            #expect(try await client.read().status == 200)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            let requests = (0..<200).map { "GET /items/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            try await client.send(requests.joined() + .post("/echo", "body") + .get)
            for i in 0..<200 { #expect(try await client.read().body == "\(i)") }
            #expect(try await client.read().body == "body")
            #expect(try await client.read().body == "hello")
        }
    }

    @Test func requestArrivingByteByByteIsAnswered() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            for byte in (String.post("/echo", "abc") + .chunked("/echo") + "3\r\nxyz\r\n0\r\n\r\n").utf8 {
                try await client.send([byte])
            }
            #expect(try await client.read().body == "abc")
            #expect(try await client.read().body == "xyz")
        }
    }

    @Test func headHasNoBodyAndTheSameLength() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            for path in ["/hello", "/counted", "/chunks"] {
                try await client.send("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try await client.read(hasBody: false)
                #expect(answer.status == 200)
                if path == "/hello" { #expect(answer.has("content-length: 5")) }
            }
            try await client.send(.get)
            #expect(try await client.read().body == "hello")
        }
    }

    @Test(arguments: [("/none", 204), ("/unchanged", 304)])
    func answerWithoutBodyHasNoFraming(_ path: String, _ status: Int) async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" + .get)
            let answer = try await client.read()
            #expect(answer.status == status)
            #expect(!answer.head.contains("content-length") && !answer.head.contains("transfer-encoding"))
            #expect(try await client.read().body == "hello")
        }
    }

    @Test func streamOfUnknownLengthIsChunkedOrEndsTheConnection() async throws {
        try await withServer { live in
            let new = try await live.exchange("GET /chunks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(new.contains("transfer-encoding: chunked"))
            #expect(new.hasSuffix("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
            let old = try await live.exchange("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(!old.contains("chunked"))
            #expect(old.hasSuffix("\r\n\r\nonetwo"))
        }
    }

    @Test func streamOfKnownLength() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /counted HTTP/1.1\r\nHost: a\r\n\r\n" + .get)
            #expect(try await client.read().body == "abcdef")
            #expect(try await client.read().body == "hello")
        }
    }

    @Test(arguments: ["/broken", "/short"])
    func streamThatFailsIsCut(_ path: String) async throws {
        try await withServer { live in
            let text = try await live.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!text.hasSuffix("0\r\n\r\n"))
            #expect(await live.isQuiet())
        }
    }

    @Test func requestIdentifiersAreTakenWhenSane() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            for (given, isTaken) in [
                ("abc-1_2.3", true), ("a b", false), (String(repeating: "a", count: 65), false), ("", false),
            ] {
                try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(given)\r\n\r\n")
                let answer = try await client.read()
                #expect(answer.has("x-request-id: \(given)") == isTaken)
                #expect(answer.head.contains("\r\nx-request-id: "))
            }
        }
    }

    @Test func summaryNamesRouteStatusAndBytes() async throws {
        try await withServer { live in
            _ = try await live.exchange(.post("/echo", "four", "Connection: close\r\n"))
            _ = try await live.exchange("GET /items/secret HTTP/1.0\r\n\r\n")
            _ = try await live.exchange("x\r\n")
            let all = live.summaries.values
            #expect(all.map(\.route) == ["/echo", "/items/{id}", nil])
            #expect(all.map(\.status) == [200, 200, 400])
            #expect(all.map(\.requestBodyByteCount) == [4, 0, 0])
            #expect(all.map(\.responseBodyByteCount).prefix(2) == [4, 6])
        }
    }

    @Test func upgradeIsIgnored() async throws {
        try await withServer { live in
            let text = try await live.exchange(
                "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func curlIsServed() async throws {
        try await withServer { live in
            let url = "http://127.0.0.1:\(live.port)"
            let answers = await BlockingPool(threads: 1, name: "curl").run { () -> [String] in
                let body = String(repeating: "x", count: 100_000)
                return [
                    ["-sS", url + "/hello", url + "/items/a%2Fb", url + "/chunks"],
                    ["-sS", "-T", "-", "-X", "POST", url + "/count"],
                    ["-sS", "--data-binary", "@-", url + "/count"],
                    ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "DELETE", url + "/hello"],
                    ["-sSI", url + "/hello"],
                ].map { (try? Command.run("curl", $0, input: body).output) ?? "curl did not run" }
            }
            #expect(answers[0] == "helloa/bonetwo")
            #expect(answers[1] == "100000")
            #expect(answers[2] == "100000")
            #expect(answers[3] == "405")
            #expect(answers[4].hasPrefix("HTTP/1.1 200 OK"))
        }
    }
}

extension String {
    static func post(_ path: String, _ body: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func chunked(_ path: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Transfer-Encoding: chunked\r\n\r\n"
    }
}
