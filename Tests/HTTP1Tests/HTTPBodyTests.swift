import Bytes
import Foundation
import Reactor
import Testing
import TestSupport

@testable import HTTP1

@Suite struct HTTPBodyTests {
    private static let expect = "Expect: 100-continue\r\n"

    private static func head(_ path: String, length: Int, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(length)\r\n\r\n"
    }

    @Test func continueIsSentWhenTheHandlerReads() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            for isChunked in [false, true] {
                try await client.send(
                    isChunked ? .chunked("/echo", Self.expect) : Self.head("/echo", length: 4, Self.expect))
                #expect(
                    try await client.read()
                        == RawClient.Answer(status: 100, head: "HTTP/1.1 100 Continue\r\n", body: ""))
                try await client.send(isChunked ? "4\r\nbody\r\n0\r\n\r\n" : "body")
                #expect(try await client.read().body == "body")
            }
        }
    }

    @Test(arguments: [
        (head("/ignore", length: 4, expect), 200), (head("/nothing", length: 4, expect), 404),
        (head("/hello", length: 4, expect), 405), (head("/echo", length: 1001, expect), 413),
        (.chunked("/ignore", expect), 200),
    ])
    func finalAnswerWithoutContinueEndsTheConnection(_ head: String, _ status: Int) async throws {
        try await withServer { live in
            let text = try await live.exchange(head)
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(text.contains("connection: close"))
        }
    }

    @Test func noContinueForAClientThatDoesNotWait() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send(.post("/echo", "body", Self.expect))
            #expect(try await client.read().status == 200)
            try await client.send(
                "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n\(Self.expect)Content-Length: 2\r\n\r\n")
            try await client.send("ab")
            #expect(try await client.read().body == "ab")
        }
    }

    @Test(arguments: [
        String.post("/echo", String(repeating: "x", count: 1001)),
        .chunked("/echo") + "3e9\r\n\(String(repeating: "x", count: 1001))\r\n0\r\n\r\n",
    ])
    func bodyOverTheRoutesLimitIsRefused(_ text: String) async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send(text)
            let answer = try await client.read()
            #expect(answer.status == 413)
            #expect(answer.body.contains("urn:causeway:problem:body-too-large"))
        }
    }

    @Test func bodyOverTheServersLimitIsRefused() async throws {
        var limits = HTTPLimits()
        limits.bodyByteCountMax = 10
        try await withServer(limits) { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send(.post("/count", "eleven byte") + .get)
            #expect(try await client.read().status == 413)
            #expect(try await client.read().status == 200)
        }
    }

    @Test(arguments: [String.post("/ignore", "unread"), .chunked("/ignore") + "6\r\nunread\r\n0\r\n\r\n"])
    func smallUnreadBodyIsDrained(_ text: String) async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send(text + .get)
            #expect(try await client.read().body == "ignored")
            #expect(try await client.read().body == "hello")
        }
    }

    @Test func largeUnreadBodyEndsTheConnection() async throws {
        try await withServer { live in
            let text = try await live.exchange(Self.head("/ignore", length: 1_000_000) + "some of it")
            #expect(text.contains("connection: close") && text.hasSuffix("ignored"))
        }
    }

    @Test func largeBodyThatIsRefusedDoesNotHideTheAnswer() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send(Self.head("/echo", length: 500_000))
            try await client.send([UInt8](repeating: 0, count: 500_000))
            #expect(try await client.read().status == 413)
        }
    }

    @Test(arguments: [false, true])
    func uploadLargerThanMemoryIsFlat(_ isChunked: Bool) async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            let count = 192
            try await client.send(isChunked ? .chunked("/count") : Self.head("/count", length: count << 20))
            let before = residentByteCount()
            for _ in 0..<count {
                if isChunked { try await client.send("100000\r\n") }
                try await client.send(piece)
                if isChunked { try await client.send("\r\n") }
            }
            if isChunked { try await client.send("0\r\n\r\n") }
            #expect(try await client.read().body == "\(count << 20)")
            #expect(residentByteCount() - before < 96 << 20)
        }
    }

    @Test func downloadLargerThanBuffersArrivesWhole() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /large HTTP/1.0\r\n\r\n")
            let buffer = IOBuffer(capacity: 65_536)
            var total = 0
            while true {
                let count = try await client.stream.read(into: buffer, deadline: .after(.seconds(20)))
                if count == 0 { break }
                total += count
                buffer.clear()
            }
            #expect(total > 64_000_000 && total < 64_001_000)
        }
    }

    private func residentByteCount() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
    }
}
