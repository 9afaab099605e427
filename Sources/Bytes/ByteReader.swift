/// A cursor over foreign bytes. Every read is checked against what is left and names the field it was for.
///
/// It cannot outlive the memory it looks at.
package struct ByteReader: ~Escapable {
    private let span: RawSpan
    /// Bytes read so far.
    package private(set) var offset = 0
    /// Added to `offset` in errors, for a reader over a part of a larger message.
    private let base: Int

    @_lifetime(copy span)
    package init(_ span: RawSpan, base: Int = 0) {
        self.span = span
        self.base = base
    }

    package var remaining: Int { span.byteCount - offset }
    package var isAtEnd: Bool { offset == span.byteCount }

    package func error(_ kind: WireError.Kind, _ field: String) -> WireError {
        WireError(kind, field: field, offset: base + offset)
    }

    @_lifetime(self: copy self)
    @inline(__always)
    private mutating func advance(_ count: Int, _ field: StaticString) throws(WireError) -> Int {
        guard count >= 0, count <= remaining else {
            throw error(.truncated(needed: count, available: remaining), "\(field)")
        }
        defer { offset += count }
        return offset
    }

    @_lifetime(self: copy self)
    package mutating func u8(_ field: StaticString) throws(WireError) -> UInt8 {
        span.byte(at: try advance(1, field))
    }

    @_lifetime(self: copy self)
    package mutating func u16BE(_ field: StaticString) throws(WireError) -> UInt16 {
        span.u16LE(at: try advance(2, field)).byteSwapped
    }

    @_lifetime(self: copy self)
    package mutating func u32BE(_ field: StaticString) throws(WireError) -> UInt32 {
        span.u32LE(at: try advance(4, field)).byteSwapped
    }

    @_lifetime(self: copy self)
    package mutating func u16LE(_ field: StaticString) throws(WireError) -> UInt16 {
        span.u16LE(at: try advance(2, field))
    }

    @_lifetime(self: copy self)
    package mutating func u32LE(_ field: StaticString) throws(WireError) -> UInt32 {
        span.u32LE(at: try advance(4, field))
    }

    @_lifetime(self: copy self)
    package mutating func u64LE(_ field: StaticString) throws(WireError) -> UInt64 {
        let low = try u32LE(field)
        return UInt64(low) | UInt64(try u32LE(field)) << 32
    }

    @_lifetime(self: copy self)
    package mutating func skip(_ count: Int, _ field: StaticString) throws(WireError) {
        _ = try advance(count, field)
    }

    /// The next `count` bytes, not copied.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    package mutating func take(_ count: Int, _ field: StaticString) throws(WireError) -> RawSpan {
        let start = try advance(count, field)
        return span.extracting(start..<(start + count))
    }

    /// A reader confined to the next `count` bytes; errors keep the outer offset.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    package mutating func nested(_ count: Int, _ field: StaticString) throws(WireError) -> ByteReader {
        let start = try advance(count, field)
        return ByteReader(span.extracting(start..<(start + count)), base: base + start)
    }

    @_lifetime(self: copy self)
    package mutating func bytes(_ count: Int, _ field: StaticString) throws(WireError) -> [UInt8] {
        let start = try advance(count, field)
        return span.extracting(start..<(start + count)).array()
    }

    /// The next `count` bytes as text; bytes above 0x7F become U+FFFD.
    @_lifetime(self: copy self)
    package mutating func ascii(_ count: Int, _ field: StaticString) throws(WireError) -> String {
        let start = try advance(count, field)
        return span.extracting(start..<(start + count)).asciiString()
    }
}
