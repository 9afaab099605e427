internal import Bytes
internal import Logging
internal import Reactor

/// Drives one connection: reads requests, calls the handler, writes answers, in order. One task on one loop.
final class HTTPConnection {
    private let transport: HTTPTransport
    private let services: HTTPServices
    private var machine: HTTPConnectionMachine
    /// Waiting for a request of which nothing has arrived: may be closed without harm.
    private(set) var isIdle = true
    private var isFirstRequest = true

    init(_ stream: any ByteStream, _ services: HTTPServices) {
        transport = HTTPTransport(stream, services.settings.limits)
        machine = HTTPConnectionMachine(drainByteCountMax: services.settings.limits.drainByteCountMax)
        self.services = services
    }

    private var limits: HTTPLimits { transport.limits }

    /// Serves until one side ends the connection. The caller closes the stream.
    func run() async {
        do throws(HTTPError) {
            while try await serveOne() {}
        } catch {
            // The connection is broken; there is nobody to tell.
        }
    }

    /// Ends at the next chance: at once when idle, else after the answer under way.
    func shutDown() {
        machine.shutDown()
        if isIdle { close() }
    }

    func close() { transport.stream.close() }

    // MARK: One request

    private enum Incoming {
        case request(RequestHead)
        case refusal(HTTPRefusal)
        case end
    }

    /// Whether another request may follow.
    private func serveOne() async throws(HTTPError) -> Bool {
        let incoming = try await nextHead()
        isIdle = false
        isFirstRequest = false
        switch incoming {
        case .end: return false
        case .refusal(let refusal): return try await refuse(refusal)
        case .request(let head):
            let goesOn = try await answer(head)
            if goesOn, transport.input.readableCount == 0 {
                try await transport.flush()
                isIdle = true
                transport.shrink()
            }
            return goesOn
        }
    }

    private func nextHead() async throws(HTTPError) -> Incoming {
        var parser = HeadParser(limits)
        var deadline: Deadline?
        while true {
            do throws(HTTPRefusal) {
                let input = transport.input
                let outcome = try parser.parse(input.readable)
                if case .head(let head, let byteCount) = outcome {
                    input.consume(byteCount)
                    return .request(head)
                }
            } catch {
                return .refusal(error)
            }
            try await transport.flush()
            if parser.hasBegun {
                isIdle = false
                if deadline == nil { deadline = .after(limits.headTimeout) }
            }
            do throws(StreamError) {
                let patience = deadline ?? .after(isFirstRequest ? limits.firstByteTimeout : limits.idleTimeout)
                let room = parser.hasBegun ? limits.headByteCountMax / 4 : 1
                if try await transport.fill(roomFor: room, deadline: patience) == 0 { return .end }
            } catch {
                if case .timedOut = error, parser.hasBegun { return .refusal(.requestTimeout) }
                throw .disconnected
            }
        }
    }

    private func answer(_ head: RequestHead) async throws(HTTPError) -> Bool {
        machine.headRead()
        let begin = Deadline.now
        let body = RequestBody(head, transport)
        // Held-back answers to pipelined requests must not wait for a request that may take long.
        if head.framing != .none || (head.method != .get && head.method != .head) { try await transport.flush() }
        let id = services.requestID(head.fields["x-request-id"])
        let request = Request(head: head, body: body, id: id, peer: transport.stream.peerAddress)
        let response = await services.settings.handler(request)

        let canKeepAlive =
            head.wantsKeepAlive && !response.closesConnection
            && !ResponseEncoder.endsWithConnection(response, versionMinor: head.versionMinor)
        let keepsAlive = machine.answerBegins(wantsKeepAlive: canKeepAlive, unread: body.unread)
        let context = ResponseEncoder.Context(
            method: head.method, versionMinor: head.versionMinor, keepsAlive: keepsAlive, requestID: id)
        services.encoder.encodeHead(response, context, into: transport.output)
        let byteCount = try await writeBody(response, head)
        services.report(
            RequestSummary(
                id: id, method: head.method, route: response.route, status: response.status.code,
                requestBodyByteCount: body.byteCount, responseBodyByteCount: byteCount,
                duration: .nanoseconds(Int64(clamping: Deadline.now.nanoseconds - begin.nanoseconds)),
                peer: request.peer))
        return try await take(machine.answerEnded(unread: body.unread), body)
    }

    private func take(_ step: HTTPConnectionMachine.Step, _ body: RequestBody?) async throws(HTTPError) -> Bool {
        switch step {
        case .readHead:
            if transport.output.readableCount >= HTTPLimits.pieceByteCount { try await transport.flush() }
            return true
        case .drainBody(let byteCountMax):
            try await transport.flush()
            let isComplete = await body?.drain(byteCountMax: byteCountMax) ?? false
            return try await take(machine.bodyDrained(isComplete), nil)
        case .linger:
            try await transport.flush()
            await linger()
            return false
        case .close:
            try await transport.flush()
            // Unread pipelined requests would turn the close into a reset, which can overtake the answer.
            if transport.input.readableCount > 0 { await linger() }
            return false
        }
    }

    /// Writes the body; gives its number of bytes. A producer that fails cuts the connection, and the client notices.
    private func writeBody(_ response: Response, _ head: RequestHead) async throws(HTTPError) -> Int {
        if head.method == .head || response.status.forbidsBody { return 0 }
        switch response.body {
        case .none: return 0
        case .bytes(let bytes):
            try await transport.write(bytes)
            return bytes.count
        case .stream(let count, let producer):
            let framing: BodyWriter.Framing =
                if let count { .counted(count) } else if head.versionMinor == 1 { .chunked } else { .untilClose }
            let writer = BodyWriter(transport, framing)
            do throws(HTTPError) {
                try await producer(writer)
                try writer.finish()
            } catch {
                services.settings.logger.warning("a streamed answer was cut", metadata: ["error": "\(error)"])
                throw error
            }
            return writer.byteCount
        }
    }

    private func refuse(_ refusal: HTTPRefusal) async throws(HTTPError) -> Bool {
        let id = services.requestID(nil)
        let response = Problem(refusal).response(requestID: id)
        let context = ResponseEncoder.Context(method: nil, versionMinor: 1, keepsAlive: false, requestID: id)
        services.encoder.encodeHead(response, context, into: transport.output)
        if case .bytes(let bytes) = response.body { try await transport.write(bytes) }
        services.report(
            RequestSummary(
                id: id, method: nil, route: nil, status: response.status.code, requestBodyByteCount: 0,
                responseBodyByteCount: 0, duration: .zero, peer: transport.stream.peerAddress))
        return try await take(machine.refusalWritten(), nil)
    }

    private func linger() async {
        let deadline = Deadline.after(limits.lingerTimeout)
        await transport.stream.shutDownOutput(deadline: deadline)
        var left = limits.lingerByteCountMax
        do throws(StreamError) {
            while left > 0 {
                transport.input.clear()
                let count = try await transport.fill(roomFor: HTTPLimits.inputByteCount, deadline: deadline)
                if count == 0 { return }
                left -= count
            }
        } catch {
            // Gone or out of time: the close that follows is all there is to do.
        }
    }
}
