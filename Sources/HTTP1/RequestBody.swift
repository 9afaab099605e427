package import Bytes
internal import Reactor

/// The body of one request, read from the connection as the handler asks for it. It is good until the handler returns.
package final class RequestBody {
    /// What of a body is still to come when its request is answered.
    enum Unread: Equatable {
        case nothing
        /// Bytes of a body with Content-Length.
        case counted(Int)
        case chunked
        /// The client waits for 100 and may never send it.
        case notBegun
        /// It broke a rule, or the connection did: where the next request begins is unknown.
        case broken
    }

    private let transport: HTTPTransport
    private let framing: BodyFraming
    private var decoder: ChunkedDecoder
    private var left: Int
    private var isAtEnd: Bool
    private var awaitsContinue: Bool
    private var failure: HTTPError?
    private var waited = Duration.zero

    /// Content-Length, if the client gave one.
    package let declaredByteCount: Int?
    /// Bytes read so far, framing not counted.
    package private(set) var byteCount = 0
    /// More than this is refused with 413. The router sets what the route allows.
    package var byteCountMax: Int

    init(_ head: RequestHead, _ transport: HTTPTransport) {
        self.transport = transport
        framing = head.framing
        decoder = ChunkedDecoder(transport.limits)
        awaitsContinue = head.expectsContinue
        byteCountMax = transport.limits.bodyByteCountMax
        switch head.framing {
        case .none: (left, declaredByteCount, isAtEnd) = (0, 0, true)
        case .contentLength(let count): (left, declaredByteCount, isAtEnd) = (count, count, false)
        case .chunked: (left, declaredByteCount, isAtEnd) = (0, nil, false)
        }
    }

    /// Adds what there is of the body to `buffer`, at least one byte; 0 means that the body is complete. The caller
    /// makes room first. Sends 100 Continue when the client waits for it.
    package func read(into buffer: IOBuffer) async throws(HTTPError) -> Int {
        if let failure { throw failure }
        if isAtEnd { return 0 }
        do throws(HTTPError) {
            try checkDeclared()
            if awaitsContinue { try await sendContinue() }
            if buffer.writableCount == 0 { buffer.reserve(HTTPLimits.pieceByteCount) }
            let count = framing == .chunked ? try await readChunked(buffer) : try await readCounted(buffer)
            byteCount += count
            if byteCount > byteCountMax { throw .refused(.bodyTooLarge) }
            return count
        } catch {
            failure = error
            throw error
        }
    }

    /// The whole body, for those that are small.
    package func collect(byteCountMax: Int) async throws(HTTPError) -> [UInt8] {
        self.byteCountMax = min(self.byteCountMax, byteCountMax)
        if let failure { throw failure }
        if isAtEnd { return [] }
        let buffer = IOBuffer(capacity: max(1, min(declaredByteCount ?? 4096, HTTPLimits.pieceByteCount)))
        while try await read(into: buffer) > 0 {}
        return buffer.readable.array()
    }

    /// Throws if Content-Length already says that the body is too large.
    package func checkDeclared() throws(HTTPError) {
        if let declaredByteCount, declaredByteCount > byteCountMax { throw .refused(.bodyTooLarge) }
    }

    var unread: Unread {
        if isAtEnd { return .nothing }
        if let failure { return failure == .refused(.bodyTooLarge) && awaitsContinue ? .notBegun : .broken }
        if awaitsContinue { return .notBegun }
        return framing == .chunked ? .chunked : .counted(left)
    }

    /// Reads and drops the rest, up to `limit` bytes; false when there was more or it never came.
    func drain(byteCountMax limit: Int) async -> Bool {
        let waste = IOBuffer(capacity: HTTPLimits.inputByteCount)
        byteCountMax = byteCount + limit
        do throws(HTTPError) {
            while try await read(into: waste) > 0 { waste.clear() }
            return true
        } catch {
            return false
        }
    }

    private func sendContinue() async throws(HTTPError) {
        awaitsContinue = false
        // A client that has begun to send does not wait (RFC 9110 10.1.1).
        guard transport.input.readableCount == 0 else { return }
        transport.output.append("HTTP/1.1 100 Continue\r\n\r\n")
        try await transport.flush()
    }

    private func readCounted(_ buffer: IOBuffer) async throws(HTTPError) -> Int {
        let count: Int
        if transport.input.readableCount == 0, buffer.writableCount <= left {
            // Straight into the caller's memory: it cannot reach into the next request.
            count = try await receive(into: buffer)
        } else {
            if transport.input.readableCount == 0 { _ = try await fill() }
            count = min(left, transport.input.readableCount, buffer.writableCount)
            move(count, to: buffer)
        }
        left -= count
        isAtEnd = left == 0
        return count
    }

    private func readChunked(_ buffer: IOBuffer) async throws(HTTPError) -> Int {
        while true {
            do throws(HTTPRefusal) {
                let input = transport.input
                let framingByteCount = try decoder.advance(input.readable)
                input.consume(framingByteCount)
            } catch {
                throw .refused(error)
            }
            if decoder.isAtEnd {
                isAtEnd = true
                return 0
            }
            let count = min(decoder.dataByteCount, transport.input.readableCount, buffer.writableCount)
            if count > 0 {
                move(count, to: buffer)
                decoder.take(data: count)
                return count
            }
            _ = try await fill()
        }
    }

    private func move(_ count: Int, to buffer: IOBuffer) {
        let input = transport.input
        buffer.append(input.readable.extracting(0..<count))
        input.consume(count)
    }

    private func fill() async throws(HTTPError) -> Int {
        transport.input.reserve(HTTPLimits.pieceByteCount)
        return try await receive(into: transport.input)
    }

    /// Only the time spent waiting for the client counts against it, not the handler's.
    private func receive(into buffer: IOBuffer) async throws(HTTPError) -> Int {
        try await transport.flush()
        let limits = transport.limits
        let earned = Duration.seconds(byteCount / max(1, limits.bodyByteRateMin))
        let begin = Deadline.now
        let count: Int
        do throws(StreamError) {
            let deadline = begin.adding(max(.zero, limits.bodyStallTimeout + earned - waited))
            count = try await transport.stream.read(into: buffer, deadline: deadline)
        } catch {
            if case .timedOut = error { throw .refused(.requestTimeout) }
            throw .disconnected
        }
        waited += .nanoseconds(Int64(clamping: Deadline.now.nanoseconds - begin.nanoseconds))
        if count == 0 { throw .disconnected }
        return count
    }
}
