/// Checked loads from a span. The span's own bounds check stops a wrong offset; these add byte order.
extension RawSpan {
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always)
    package func u16LE(at offset: Int) -> UInt16 {
        UInt16(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable @inline(__always)
    package func u32LE(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    package func array() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    package func asciiString() -> String {
        unsafe withUnsafeBytes { raw in
            unsafe raw.allSatisfy { $0 < 0x80 }
                ? unsafe String(decoding: raw, as: UTF8.self)
                : unsafe String(String.UnicodeScalarView(raw.map { $0 < 0x80 ? Unicode.Scalar($0) : "\u{FFFD}" }))
        }
    }

    /// UTF-8 text; malformed sequences become U+FFFD.
    package func utf8String() -> String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the bytes are exactly `text`.
    package func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { raw in
            text.withUTF8Buffer { unsafe raw.elementsEqual($0) }
        }
    }
}

extension Array where Element == UInt8 {
    /// The array's bytes, borrowed.
    package var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }
}
