import Bytes
import Outbound
import Reactor
import TestSupport
import Testing

@Suite struct HTTPClientTests {
    /// What the server does with one connection once the head of the request is there.
    private enum Answer: Sendable {
        case send(String)
        /// Sends, then waits until the client goes away.
        case sendAndHold(String)
        /// Sends the request back as the body.
        case mirror
        /// Sends and closes while the client still has unread bytes under way, which resets the connection.
        case sendAndReset(String)
    }

    /// Runs `body` with a client and the port of a server, both on one loop.
    private func withServer<T: Sendable>(
        _ answer: Answer, accepted: Recorder<SocketAddress?> = Recorder(),
        _ body: @escaping @Sendable (HTTPClient, UInt16) async throws -> T
    ) async throws -> T {
        try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            let port = listener.address.port
            let acceptor = LoopLocal(loop, listener)
            let serving = loop.spawn {
                while let connection = await acceptor.value.accept() {
                    accepted.note(connection.peer)
                    loop.spawn { await Self.serve(connection, answer, on: loop) }
                }
            }
            let client = try HTTPClient(on: loop)
            let result: Result<T, any Error>
            do { result = .success(try await body(client, port)) } catch { result = .failure(error) }
            client.close()
            acceptor.value.close()
            await serving.value
            return try result.get()
        }
    }

    private static func serve(_ accepted: Listener.Accepted, _ answer: Answer, on loop: EventLoop) async {
        guard let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else {
            return
        }
        defer { stream.close() }
        let buffer = IOBuffer(capacity: 4096)
        var seen = ""
        while !seen.contains("\r\n\r\n") {
            buffer.reserve(1)
            guard let count = try? await stream.read(into: buffer, deadline: .never), count > 0 else { return }
            seen = buffer.readable.utf8String()
        }
        switch answer {
        case .send(let text), .sendAndReset(let text):
            try? await write(text, stream)
        case .mirror:
            try? await write("HTTP/1.1 200 OK\r\nContent-Length: \(seen.utf8.count)\r\n\r\n\(seen)", stream)
        case .sendAndHold(let text):
            try? await write(text, stream)
            buffer.clear()
            _ = try? await stream.read(into: buffer, deadline: .never)
        }
    }

    private static func write(_ text: String, _ stream: SocketStream) async throws {
        let buffer = IOBuffer(capacity: 1024)
        buffer.append(text)
        try await stream.write(buffer, deadline: .never)
    }

    private static func request(_ port: UInt16, _ method: OutboundRequest.Method = .get) -> OutboundRequest {
        var request = OutboundRequest(method, "http://127.0.0.1:\(port)/hook?x=1")
        request.allowsPlainHTTP = true
        request.addressPolicy = AddressPolicy(exempt: [AddressBlock("127.0.0.0/8")].compactMap(\.self))
        return request
    }

    private static let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One:  a b \r\nX-One: c\r\n\r\nhello"

    @Test func statusHeadersAndBodyArrive() async throws {
        let response = try await withServer(.send(Self.hello)) { client, port in
            try await client.send(Self.request(port))
        }
        #expect(response.status == 200 && response.body == Array("hello".utf8))
        #expect(response.headers.map { "\($0.name)=\($0.value)" } == ["content-length=5", "x-one=a b", "x-one=c"])
        #expect(response.header("x-one") == "a b" && response.header("x-two") == nil)
    }

    @Test func requestIsSentAsGiven() async throws {
        let response = try await withServer(.mirror) { client, port in
            var request = Self.request(port, .post)
            request.headers = [("Content-Type", "application/json"), ("X-Empty", "")]
            request.body = Array("{}".utf8)
            return try await client.send(request)
        }
        let sent = String(decoding: response.body, as: UTF8.self).split(separator: "\r\n").map(String.init)
        #expect(sent.first == "POST /hook?x=1 HTTP/1.1")
        for line in ["User-Agent: causeway", "Content-Type: application/json", "X-Empty:", "Content-Length: 2"] {
            #expect(sent.contains(line), "\(line) in \(sent)")
        }
        #expect(!sent.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Accept-Encoding") })
    }

    @Test(arguments: [OutboundRequest.Method.post, .put, .delete])
    func emptyBodyHasItsLength(_ method: OutboundRequest.Method) async throws {
        let response = try await withServer(.mirror) { client, port in try await client.send(Self.request(port, method))
        }
        let sent = String(decoding: response.body, as: UTF8.self)
        #expect(sent.hasPrefix("\(method.rawValue) /hook"))
        #expect(sent.contains("Content-Length: 0\r\n") == (method != .delete))
        #expect(!sent.contains("Content-Type"))
    }

    @Test func redirectIsReportedNotFollowed() async throws {
        let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
        let response = try await withServer(.send(answer)) { client, port in try await client.send(Self.request(port)) }
        #expect(response.status == 302 && response.header("location") == "http://127.0.0.1/")
    }

    @Test func interimHeadsAreForgotten() async throws {
        let answer = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Self.hello
        let response = try await withServer(.send(answer)) { client, port in try await client.send(Self.request(port)) }
        #expect(response.status == 200 && response.header("link") == nil)
    }

    @Test func hundredRequestsAtOnce() async throws {
        let statuses = try await withServer(.send(Self.hello)) { client, port in
            guard let loop = EventLoop.current else { return [Int]() }
            return try await withThrowingTaskGroup(of: Int.self, returning: [Int].self) { group in
                for _ in 0..<100 {
                    group.addTask(executorPreference: loop) { try await client.send(Self.request(port)).status }
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                return statuses
            }
        }
        #expect(statuses == [Int](repeating: 200, count: 100))
    }

    @Test func silentServerTimesOut() async throws {
        await #expect(throws: OutboundError.timedOut) {
            try await withServer(.sendAndHold("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")) { client, port in
                var request = Self.request(port)
                request.timeout = .milliseconds(150)
                return try await client.send(request).status
            }
        }
    }

    @Test func deniedAddressIsNeverConnectedTo() async throws {
        let denied = OutboundError.addressDenied("127.0.0.1 is a loopback address (127.0.0.0/8)")
        let accepted = Recorder<SocketAddress?>()
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "localhost"] {
            let error = await #expect(throws: OutboundError.self) {
                try await withServer(.send(Self.hello), accepted: accepted) { client, port in
                    var request = OutboundRequest(.get, "http://\(host):\(port)/")
                    request.allowsPlainHTTP = true
                    return try await client.send(request).status
                }
            }
            if case .addressDenied = error {} else { Issue.record("\(host): \(String(describing: error))") }
            if host != "localhost" { #expect(error == denied) }
        }
        #expect(accepted.values.isEmpty)
    }

    @Test func bodyCutShortIsAnError() async throws {
        for answer in [
            Answer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), .send(""),
            .sendAndReset("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
        ] {
            let error = await #expect(throws: OutboundError.self) {
                try await withServer(answer) { client, port in
                    var request = Self.request(port, .post)
                    if case .sendAndReset = answer { request.body = [UInt8](repeating: 65, count: 4_000_000) }
                    return try await client.send(request).status
                }
            }
            if case .brokenOff = error {} else { Issue.record("\(String(describing: error))") }
        }
    }

    @Test func refusedConnectionSaysSo() async throws {
        let error = await #expect(throws: OutboundError.self) {
            try await onLoop { loop in
                let listener = try Listener(.loopback(port: 0), on: loop)
                let port = listener.address.port
                listener.close()
                return try await HTTPClient(on: loop).send(Self.request(port)).status
            }
        }
        if case .connectFailed = error {} else { Issue.record("\(String(describing: error))") }
    }

    @Test func largeResponseIsCutOff() async throws {
        let answer = "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 2000)
        for (limit, isAccepted) in [(2000, true), (1999, false)] {
            let count = try? await withServer(.send(answer)) { client, port in
                var request = Self.request(port)
                request.responseByteCountMax = limit
                do { return try await client.send(request).body.count } catch OutboundError.responseTooLarge(limit) {
                    return -1
                }
            }
            #expect(count == (isAccepted ? 2000 : -1))
        }
    }

    @Test func badRequestsAreRefused() async throws {
        try await onLoop { loop in
            let client = try HTTPClient(on: loop)
            var requests = [
                "http://8.8.8.8/", "ftp://8.8.8.8/", "https://user:pw@8.8.8.8/", "https://a b/", "https://é/", "",
            ].map {
                OutboundRequest(.get, $0)
            }
            for header in [("X", "a\r\nY: b"), ("", "a"), ("X Y", "a"), ("X:", "a"), ("X", "a\0")] {
                var request = OutboundRequest(.get, "https://8.8.8.8/")
                request.headers = [header]
                requests.append(request)
            }
            for request in requests {
                do throws(OutboundError) {
                    _ = try await client.send(request)
                    Issue.record("\(request.url) was sent")
                } catch {
                    if case .invalidRequest = error {} else { Issue.record("\(request.url): \(error)") }
                }
            }
        }
    }

    @Test func certificateIsVerified() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let made = try Command.run(
            "openssl",
            [
                "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            ], in: folder.path)
        try #require(made.status == 0, "\(made.output)")
        let server = try PeerProcess(
            "openssl", ["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", "-www"],
            in: folder.path)
        defer { server.stop() }
        let accept = try #require(server.line(containing: "ACCEPT "), "\(server.lines)")
        let port = try #require(accept.split(separator: ":").last.flatMap { UInt16($0) })
        let caFile = folder.path + "/cert.pem"
        let status = try await onLoop { loop in
            let client = try HTTPClient(on: loop, caFile: caFile)
            defer { client.close() }
            return try await client.send(Self.secure("127.0.0.1", port)).status
        }
        #expect(status == 200)
        for (host, trusted) in [("127.0.0.1", nil), ("localhost", caFile)] as [(String, String?)] {
            let error = await #expect(throws: OutboundError.self) {
                try await onLoop { loop in
                    let client = try HTTPClient(on: loop, caFile: trusted)
                    defer { client.close() }
                    return try await client.send(Self.secure(host, port)).status
                }
            }
            if case .tls = error {} else { Issue.record("\(host): \(String(describing: error))") }
        }
    }

    private static func secure(_ host: String, _ port: UInt16) -> OutboundRequest {
        var request = Self.request(port)
        request.url = "https://\(host):\(port)/"
        request.allowsPlainHTTP = false
        return request
    }

    @Test func closingEndsWhatIsUnderWay() async throws {
        await #expect(throws: OutboundError.closed) {
            try await withServer(.sendAndHold("")) { client, port in
                guard let loop = EventLoop.current else { return 0 }
                loop.spawn {
                    for _ in 0..<50 { await loop.yield() }
                    client.close()
                }
                return try await client.send(Self.request(port)).status
            }
        }
    }
}
