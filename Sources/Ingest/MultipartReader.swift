internal import Bytes

/// Splits a `multipart` body (RFC 2046 section 5.1.1) that arrives in pieces. Pure: bytes in, events out.
///
///     [preamble CRLF] --boundary CRLF  fields CRLF CRLF  body  CRLF --boundary [CRLF ... | --] [epilogue]
struct MultipartReader {
    enum Event: Equatable {
        case needMore
        /// A part begins; names in lower case.
        case part(fields: [String: String])
        /// The first `count` bytes not yet consumed belong to the part.
        case body(count: Int)
        case partEnd
        case end
    }

    private enum State { case start, preamble, delimiter, fields, body, epilogue }

    static let fieldsByteCountMax = 8192
    private static let boundaryMax = 70

    /// CRLF, two hyphens, boundary.
    private let delimiter: [UInt8]
    /// Horspool's table: how far to move when the byte below the delimiter's end is this one.
    private let skip: [Int]
    private var state = State.start

    /// Nil when the boundary is not one (1 to 70 characters of RFC 2046).
    init?(boundary: String) {
        let count = boundary.utf8.count
        guard count > 0, count <= Self.boundaryMax, boundary.utf8.allSatisfy({ $0 > 0x1F && $0 < 0x7F }) else {
            return nil
        }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var skip = [Int](repeating: delimiter.count, count: 256)
        for (i, byte) in delimiter.dropLast().enumerated() { skip[Int(byte)] = delimiter.count - 1 - i }
        self.delimiter = delimiter
        self.skip = skip
    }

    /// Looks at the bytes not yet consumed; gives one event and how many bytes to consume with it. For `.body` that
    /// is the count of the event.
    mutating func advance(_ bytes: RawSpan) throws(WireError) -> (event: Event, consumed: Int) {
        switch state {
        case .start: return start(bytes)
        case .preamble: return preamble(bytes)
        case .delimiter: return try afterDelimiter(bytes)
        case .fields: return try fields(bytes)
        case .body: return body(bytes)
        case .epilogue: return (.end, bytes.byteCount)
        }
    }

    /// The first delimiter has no CRLF before it when there is no preamble.
    private mutating func start(_ bytes: RawSpan) -> (Event, Int) {
        let bare = delimiter.dropFirst(2)
        guard bytes.byteCount >= bare.count else { return (.needMore, 0) }
        guard bare.enumerated().allSatisfy({ bytes.byte(at: $0.offset) == $0.element }) else {
            state = .preamble
            return preamble(bytes)
        }
        state = .delimiter
        return (.needMore, bare.count)
    }

    private mutating func preamble(_ bytes: RawSpan) -> (Event, Int) {
        guard let at = find(bytes) else { return (.needMore, max(0, bytes.byteCount - delimiter.count + 1)) }
        state = .delimiter
        return (.needMore, at + delimiter.count)
    }

    private mutating func afterDelimiter(_ bytes: RawSpan) throws(WireError) -> (Event, Int) {
        var i = 0
        // Transport padding.
        while i < bytes.byteCount, bytes.byte(at: i) == 0x20 || bytes.byte(at: i) == 0x09 { i += 1 }
        guard bytes.byteCount - i >= 2 else {
            if i > 256 { throw WireError(.overlong(length: i, limit: 256), field: "multipart delimiter", offset: 0) }
            return (.needMore, 0)
        }
        switch (bytes.byte(at: i), bytes.byte(at: i + 1)) {
        case (0x2D, 0x2D):
            state = .epilogue
            return (.end, i + 2)
        case (0x0D, 0x0A):
            state = .fields
            return (.needMore, i + 2)
        default:
            throw WireError(.invalid("neither CRLF nor -- follows"), field: "multipart delimiter", offset: 0)
        }
    }

    private mutating func fields(_ bytes: RawSpan) throws(WireError) -> (Event, Int) {
        var lineStart = 0
        var fields: [String: String] = [:]
        var i = 0
        while i + 1 < bytes.byteCount {
            guard bytes.byte(at: i) == 0x0D, bytes.byte(at: i + 1) == 0x0A else {
                i += 1
                continue
            }
            if i == lineStart {
                state = .body
                return (.part(fields: fields), i + 2)
            }
            let line = bytes.extracting(lineStart..<i).utf8String()
            guard let colon = line.firstIndex(of: ":") else {
                throw WireError(.invalid("a line without colon"), field: "multipart part header", offset: lineStart)
            }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[name] = String(value)
            i += 2
            lineStart = i
        }
        guard bytes.byteCount <= Self.fieldsByteCountMax else {
            throw WireError(
                .overlong(length: bytes.byteCount, limit: Self.fieldsByteCountMax), field: "multipart part header",
                offset: 0)
        }
        return (.needMore, 0)
    }

    private mutating func body(_ bytes: RawSpan) -> (Event, Int) {
        if let at = find(bytes) {
            if at > 0 { return (.body(count: at), at) }
            state = .delimiter
            return (.partEnd, delimiter.count)
        }
        // The last bytes may be the beginning of a delimiter.
        let certain = bytes.byteCount - delimiter.count + 1
        return certain > 0 ? (.body(count: certain), certain) : (.needMore, 0)
    }

    /// Horspool's search: looks at one byte in `delimiter.count` of random data.
    private func find(_ bytes: RawSpan) -> Int? {
        let last = delimiter.count - 1
        var at = 0
        while at + last < bytes.byteCount {
            let byte = bytes.byte(at: at + last)
            if byte == delimiter[last], matches(bytes, at) { return at }
            at += skip[Int(byte)]
        }
        return nil
    }

    private func matches(_ bytes: RawSpan, _ at: Int) -> Bool {
        for i in 0..<delimiter.count where bytes.byte(at: at + i) != delimiter[i] { return false }
        return true
    }
}
