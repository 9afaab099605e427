internal import Bytes

/// The framing of a chunked body (RFC 9112 7.1), without touching its data.
///
///     *( 1*HEXDIG [ ";" extensions ] CRLF data CRLF )
///     1*"0" [ ";" extensions ] CRLF *( field line CRLF ) CRLF
///
/// Trailers are checked and dropped: they never become fields of the request.
struct ChunkedDecoder: Sendable {
    private enum State {
        case size, extensions, sizeLineFeed
        case data
        case dataCarriageReturn, dataLineFeed
        case trailer, end
    }

    private let limits: HTTPLimits
    private var state = State.size
    private var digitCount = 0
    private var extensionByteCount = 0
    private var trailerLine: [UInt8] = []
    private var trailerByteCount = 0
    private var trailerCount = 0
    /// Bytes of the current chunk not yet taken; more than 0 only between `advance` and `take`.
    private(set) var dataByteCount = 0

    init(_ limits: HTTPLimits) { self.limits = limits }

    var isAtEnd: Bool { state == .end }

    /// Reads framing until data begins, the body ends or `span` is used up; gives the number of bytes read.
    mutating func advance(_ span: RawSpan) throws(HTTPRefusal) -> Int {
        var i = 0
        while i < span.byteCount, state != .end, state != .data {
            try take(framing: span.byte(at: i))
            i += 1
        }
        return i
    }

    /// Marks bytes of the current chunk as taken.
    mutating func take(data count: Int) {
        precondition(state == .data && count <= dataByteCount, "took more than the chunk holds")
        dataByteCount -= count
        if dataByteCount == 0 { state = .dataCarriageReturn }
    }

    private mutating func take(framing byte: UInt8) throws(HTTPRefusal) {
        switch state {
        case .size: try takeSize(byte)
        case .extensions:
            if byte == ASCII.carriageReturn {
                state = .sizeLineFeed
            } else {
                extensionByteCount += 1
                guard ASCII.isFieldValue(byte), extensionByteCount <= limits.chunkExtensionByteCountMax else {
                    throw .malformedChunk
                }
            }
        case .sizeLineFeed:
            guard byte == ASCII.lineFeed else { throw .malformedChunk }
            state = dataByteCount == 0 ? .trailer : .data
            digitCount = 0
            extensionByteCount = 0
        case .dataCarriageReturn:
            guard byte == ASCII.carriageReturn else { throw .malformedChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lineFeed else { throw .malformedChunk }
            state = .size
        case .trailer: try takeTrailer(byte)
        case .data, .end: preconditionFailure("framing was read outside of framing")
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(HTTPRefusal) {
        if let digit = ASCII.hexValue(byte) {
            digitCount += 1
            guard digitCount <= limits.chunkSizeDigitCountMax else { throw .malformedChunk }
            dataByteCount = dataByteCount << 4 | Int(digit)
        } else if digitCount > 0, byte == UInt8(ascii: ";") {
            state = .extensions
        } else if digitCount > 0, byte == ASCII.carriageReturn {
            state = .sizeLineFeed
        } else {
            throw .malformedChunk
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(HTTPRefusal) {
        trailerByteCount += 1
        guard trailerByteCount <= limits.trailerByteCountMax else { throw .malformedTrailer }
        if byte != ASCII.lineFeed {
            if trailerLine.last == ASCII.carriageReturn { throw .malformedTrailer }
            trailerLine.append(byte)
            return
        }
        guard trailerLine.popLast() == ASCII.carriageReturn else { throw .malformedTrailer }
        if trailerLine.isEmpty {
            state = .end
            return
        }
        trailerCount += 1
        guard trailerCount <= limits.trailerCountMax else { throw .malformedTrailer }
        do throws(HTTPRefusal) {
            _ = try FieldLine(trailerLine.rawSpan, 0..<trailerLine.count)
        } catch {
            throw .malformedTrailer
        }
        trailerLine.removeAll(keepingCapacity: true)
    }
}
