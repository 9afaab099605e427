import Bytes
import Logging
import Reactor
import Synchronization
import Testing
import TestSupport

@testable import HTTP1

/// A live server on loopback, its summaries, and a loop for clients.
struct LiveServer: Sendable {
    let server: HTTPServer
    let port: UInt16
    let loop: EventLoop
    let summaries: Recorder<RequestSummary>
    let gate: Gate

    func connect() async throws -> RawClient {
        let deadline = Deadline.after(.seconds(10))
        return RawClient(try await SocketStream.connect(to: .loopback(port: port), on: loop, deadline: deadline))
    }

    /// Sends `text` on a connection of its own and reads until the server ends it.
    func exchange(_ text: String) async throws -> String {
        let client = try await connect()
        defer { client.close() }
        try await client.send(text)
        return try await client.readToEnd()
    }

    /// Waits until the server has no connection left.
    func isQuiet() async -> Bool {
        let deadline = Deadline.after(.seconds(10))
        while server.connectionCount > 0, !deadline.isPast { await loop.yield() }
        return server.connectionCount == 0
    }
}

func withServer<T: Sendable>(
    _ limits: HTTPLimits = HTTPLimits(), wrap: HTTPServerSettings.Wrap? = nil,
    _ body: sending @escaping @Sendable (LiveServer) async throws -> T
) async throws -> T {
    let group = try EventLoopGroup(count: 2, name: "http")
    let loop = group.loops[1]
    defer { group.stop() }
    let gate = Gate()
    let summaries = Recorder<RequestSummary>()
    let router = Router(testRoutes(gate))
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var settings = HTTPServerSettings(logger: logger) { await router.respond(to: $0) }
    settings.limits = limits
    settings.wrap = wrap
    settings.onRequestEnd = { summaries.note($0) }
    let server = HTTPServer(settings, loops: [group.loops[0]])
    let address = try await server.listen(.loopback(port: 0))
    let live = LiveServer(server: server, port: address.port, loop: loop, summaries: summaries, gate: gate)
    let result = await Task(executorPreference: loop) { () -> Result<T, any Error> in
        do { return .success(try await body(live)) } catch { return .failure(error) }
    }.value
    await gate.open()
    await server.drain(deadline: .after(.milliseconds(200)))
    return try result.get()
}

private func testRoutes(_ gate: Gate) -> [Route] {
    let thousand = [UInt8](repeating: 120, count: 1000)
    return [
        Route(.get, "/hello") { _ in .text("hello") },
        Route(.get, "/none") { _ in Response(.noContent) },
        Route(.get, "/unchanged") { _ in Response(.notModified, .bytes([1, 2, 3])) },
        Route(.get, "/items/{id}") { .text($0.captures["id"] ?? "") },
        Route(.post, "/echo", bodyByteCountMax: 1000) { request in
            do throws(HTTPError) {
                return Response(.ok, .bytes(try await request.body.collect(byteCountMax: 2000)))
            } catch {
                return request.problem(Problem(error))
            }
        },
        Route(.post, "/count", bodyByteCountMax: 1 << 40) { request in
            let buffer = IOBuffer(capacity: 65_536)
            do throws(HTTPError) {
                while try await request.body.read(into: buffer) > 0 { buffer.clear() }
                return .text("\(request.body.byteCount)")
            } catch {
                return request.problem(Problem(error))
            }
        },
        Route(.post, "/ignore", bodyByteCountMax: 1 << 40) { _ in .text("ignored") },
        Route(.get, "/chunks") { _ in
            Response(
                .ok,
                .stream(byteCount: nil) { (writer) async throws(HTTPError) in
                    for part in ["one", "", "two"] { try await writer.write(Array(part.utf8)) }
                })
        },
        Route(.get, "/counted") { _ in
            Response(
                .ok,
                .stream(byteCount: 6) { (writer) async throws(HTTPError) in
                    try await writer.write(Array("abc".utf8))
                    try await writer.flush()
                    try await writer.write(Array("def".utf8))
                })
        },
        Route(.get, "/short") { _ in
            Response(
                .ok,
                .stream(byteCount: 6) { (writer) async throws(HTTPError) in
                    try await writer.write(Array("abc".utf8))
                })
        },
        Route(.get, "/broken") { _ in
            Response(
                .ok,
                .stream(byteCount: nil) { (writer) async throws(HTTPError) in
                    try await writer.write(Array("part".utf8))
                    try await writer.flush()
                    throw .aborted("the source failed")
                })
        },
        Route(.get, "/large") { _ in
            Response(
                .ok,
                .stream(byteCount: nil) { (writer) async throws(HTTPError) in
                    for _ in 0..<64_000 { try await writer.write(thousand) }
                })
        },
        Route(.get, "/slow") { _ in
            await gate.wait()
            return .text("at last")
        },
    ]
}

/// Holds handlers back until a test lets them go.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrivals = 0
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        arrivals += 1
        for watcher in watchers { watcher.resume() }
        watchers = []
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }

    /// Returns once a handler waits.
    func arrival() async {
        if arrivals == 0 { await withCheckedContinuation { watchers.append($0) } }
    }

    func open() {
        isOpen = true
        for handler in waiting { handler.resume() }
        waiting = []
    }
}

/// A client that sends any bytes and takes answers apart without help from the code under test.
final class RawClient {
    let stream: SocketStream
    private let input = IOBuffer(capacity: 4096)

    init(_ stream: SocketStream) { self.stream = stream }

    struct Answer: Equatable {
        var status: Int
        var head: String
        var body: String

        func has(_ line: String) -> Bool { head.contains("\r\n\(line)\r\n") }
    }

    struct Malformed: Error { let text: String }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        let buffer = IOBuffer(capacity: bytes.count + 1)
        buffer.append(bytes)
        try await stream.write(buffer, deadline: .after(.seconds(20)))
    }

    /// One answer: its head up to the blank line, then what Content-Length says.
    func read(hasBody: Bool = true) async throws -> Answer {
        while headByteCount == nil {
            if try await fill() == 0 { throw Malformed(text: String(decoding: bytes(of: input), as: UTF8.self)) }
        }
        let head = String(decoding: bytes(of: input)[..<(headByteCount ?? 0)], as: UTF8.self)
        input.consume(head.utf8.count + 2)
        guard let status = Int(head.dropFirst(9).prefix(3)) else { throw Malformed(text: head) }
        var length = 0
        for line in head.split(separator: "\r\n") where line.hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? -1
        }
        if !hasBody { length = 0 }
        while input.readableCount < length {
            if try await fill() == 0 { throw Malformed(text: String(decoding: bytes(of: input), as: UTF8.self)) }
        }
        let body = String(decoding: bytes(of: input)[..<length], as: UTF8.self)
        input.consume(length)
        return Answer(status: status, head: head, body: body)
    }

    /// Bytes of the head with the end of its last line, once it is complete.
    private var headByteCount: Int? {
        let bytes = bytes(of: input)
        return bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) }.map { $0 + 2 }
    }

    /// All that comes until the server ends the connection; a reset counts as the end.
    func readToEnd() async throws -> String {
        while true {
            do {
                if try await fill() == 0 { break }
            } catch StreamError.system {
                break
            }
        }
        defer { input.clear() }
        return String(decoding: bytes(of: input), as: UTF8.self)
    }

    private func fill(within patience: Duration = .seconds(20)) async throws(StreamError) -> Int {
        input.reserve(4096)
        return try await stream.read(into: input, deadline: .after(patience))
    }

    /// Whether anything comes, the end included, before patience ends.
    func hears(within patience: Duration) async throws(StreamError) -> Bool {
        do throws(StreamError) {
            _ = try await fill(within: patience)
            return true
        } catch {
            if case .timedOut = error { return false }
            throw error
        }
    }

    func close() { stream.close() }
}

private func bytes(of buffer: IOBuffer) -> [UInt8] { buffer.readable.array() }

extension String {
    static let get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
}
