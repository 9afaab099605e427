internal import Bytes
internal import Reactor

/// A stream with its two buffers, shared by the parts of one connection.
final class HTTPTransport {
    let stream: any ByteStream
    let limits: HTTPLimits
    private(set) var input = IOBuffer(capacity: HTTPLimits.inputByteCount)
    private(set) var output = IOBuffer(capacity: HTTPLimits.outputByteCount)

    init(_ stream: any ByteStream, _ limits: HTTPLimits) {
        self.stream = stream
        self.limits = limits
    }

    /// Reads once into `input`; 0 at the end of the stream.
    func fill(roomFor count: Int, deadline: Deadline) async throws(StreamError) -> Int {
        input.reserve(count)
        return try await stream.read(into: input, deadline: deadline)
    }

    func flush() async throws(HTTPError) {
        if output.readableCount > 0 { try await send(output) }
    }

    /// Writes all of `buffer` behind what `output` holds; small pieces are collected.
    func write(_ buffer: IOBuffer) async throws(HTTPError) {
        if output.readableCount + buffer.readableCount <= HTTPLimits.pieceByteCount {
            output.append(buffer.readable)
            buffer.clear()
            return
        }
        try await flush()
        try await send(buffer)
    }

    /// Writes `bytes`, in pieces when there are many.
    func write(_ bytes: [UInt8]) async throws(HTTPError) {
        var start = 0
        while start < bytes.count {
            if output.readableCount >= HTTPLimits.pieceByteCount { try await flush() }
            let end = min(bytes.count, start + HTTPLimits.pieceByteCount - min(output.readableCount, 4096))
            output.append(bytes.rawSpan.extracting(start..<end))
            start = end
        }
    }

    private func send(_ buffer: IOBuffer) async throws(HTTPError) {
        let earned = Duration.seconds(buffer.readableCount / max(1, limits.bodyByteRateMin))
        do throws(StreamError) {
            try await stream.write(buffer, deadline: .after(limits.writeTimeout + earned))
        } catch {
            throw .disconnected
        }
    }

    /// Gives the memory of a large exchange back before a connection idles.
    func shrink() {
        if input.capacity > HTTPLimits.inputByteCount, input.readableCount == 0 {
            input = IOBuffer(capacity: HTTPLimits.inputByteCount)
        }
        if output.capacity > 4 * HTTPLimits.outputByteCount, output.readableCount == 0 {
            output = IOBuffer(capacity: HTTPLimits.outputByteCount)
        }
    }
}
