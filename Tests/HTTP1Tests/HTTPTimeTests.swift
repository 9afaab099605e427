import Bytes
import Reactor
import Testing
import TestSupport

@testable import HTTP1

/// Deadlines, caps and draining: what the server does when a client does nothing.
@Suite struct HTTPTimeTests {
    private static var short: HTTPLimits {
        var limits = HTTPLimits()
        limits.firstByteTimeout = .milliseconds(50)
        limits.headTimeout = .milliseconds(50)
        limits.idleTimeout = .milliseconds(50)
        limits.bodyStallTimeout = .milliseconds(50)
        limits.lingerTimeout = .milliseconds(50)
        return limits
    }

    @Test func silenceFromTheStartEndsWithoutAnswer() async throws {
        try await withServer(Self.short) { live in
            let answer = try await live.exchange("")
            #expect(answer == "")
        }
    }

    @Test func silenceAfterAnAnswerEndsTheConnection() async throws {
        try await withServer(Self.short) { live in
            let text = try await live.exchange(.get)
            #expect(text.hasSuffix("hello") && !text.contains("connection: close"))
        }
    }

    @Test(arguments: ["G", "GET / HTTP/1.1\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\n", .get + "GET"])
    func unfinishedHeadIsAnsweredWith408(_ text: String) async throws {
        try await withServer(Self.short) { live in
            let answer = try await live.exchange(text)
            #expect(answer.contains("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(answer.contains("connection: close"))
        }
    }

    @Test func dripFeedDoesNotExtendTheHead() async throws {
        try await withServer(Self.short) { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n")
            repeat { try await client.send("A: b\r\n") } while try await !client.hears(within: .milliseconds(5))
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test(arguments: [
        "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", .chunked("/count") + "5\r\nab",
    ])
    func stalledBodyIsAnsweredWith408(_ text: String) async throws {
        try await withServer(Self.short) { live in
            let answer = try await live.exchange(text)
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func unreadBodyThatNeverComesEndsTheConnection() async throws {
        try await withServer(Self.short) { live in
            let text = try await live.exchange("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
            #expect(text.hasSuffix("ignored"))
        }
    }

    @Test func answerNobodyReadsIsGivenUp() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(50)
        limits.bodyByteRateMin = 1 << 30
        try await withServer(limits) { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await live.isQuiet())
        }
    }

    @Test func connectionsOfOnePeerAreCapped() async throws {
        var limits = HTTPLimits()
        limits.connectionPerPeerCountMax = 2
        try await withServer(limits) { live in
            let first = try await live.connect()
            defer { first.close() }
            try await first.send(.get)
            #expect(try await first.read().status == 200)
            let second = try await live.connect()
            try await second.send(.get)
            #expect(try await second.read().status == 200)
            let third = try await live.connect()
            #expect(try await third.readToEnd() == "")
            third.close()
            second.close()
            while live.server.connectionCount > 1 { await live.loop.yield() }
            let fourth = try await live.connect()
            defer { fourth.close() }
            try await fourth.send(.get)
            #expect(try await fourth.read().status == 200)
            #expect(live.server.refusedConnectionCount == 1)
        }
    }

    @Test func drainClosesIdleAndFinishesBusy() async throws {
        try await withServer { live in
            let idle = try await live.connect()
            defer { idle.close() }
            try await idle.send(.get)
            _ = try await idle.read()
            let busy = try await live.connect()
            defer { busy.close() }
            try await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + .get)
            await live.gate.arrival()
            let drained = Task { await live.server.drain(deadline: .after(.seconds(20))) }
            #expect(try await idle.readToEnd() == "")
            await #expect(throws: (any Error).self) { try await live.connect() }
            await live.gate.open()
            let text = try await busy.readToEnd()
            #expect(text.contains("connection: close") && text.hasSuffix("at last"))
            await drained.value
            #expect(await live.isQuiet())
        }
    }

    @Test func drainCutsWhatDoesNotFinish() async throws {
        try await withServer { live in
            let busy = try await live.connect()
            defer { busy.close() }
            try await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await live.gate.arrival()
            await live.server.drain(deadline: .after(.milliseconds(50)))
            #expect(try await busy.readToEnd() == "")
        }
    }

    @Test func handshakeThatNeverEndsIsGivenUp() async throws {
        var limits = HTTPLimits()
        limits.handshakeTimeout = .milliseconds(50)
        let waitForByte: HTTPServerSettings.Wrap = { (socket, deadline) async throws(StreamError) in
            _ = try await socket.read(into: IOBuffer(capacity: 1), deadline: deadline)
            return socket
        }
        try await withServer(limits, wrap: waitForByte) { live in
            let silent = try await live.exchange("")
            #expect(silent == "")
            // Another connection is not held up by the first, and answers behind a handshake say so.
            let answer = try await live.exchange("!GET /hello HTTP/1.0\r\n\r\n")
            #expect(answer.contains("strict-transport-security: "))
            #expect(await live.isQuiet())
        }
    }

    @Test func handshakeThatFailsEndsTheConnection() async throws {
        let refuse: HTTPServerSettings.Wrap = { (_, _) async throws(StreamError) in throw .tls("no") }
        try await withServer(wrap: refuse) { live in
            let answer = try await live.exchange(.get)
            #expect(answer == "")
            #expect(await live.isQuiet())
        }
    }
}
