/// Builds a message front to back; lengths that are known only afterwards are patched in place.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package var count: Int { bytes.count }

    package mutating func u8(_ value: UInt8) { bytes.append(value) }

    package mutating func u16BE(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    package mutating func u32BE(_ value: UInt32) {
        u16BE(UInt16(truncatingIfNeeded: value >> 16))
        u16BE(UInt16(truncatingIfNeeded: value))
    }

    package mutating func u16LE(_ value: UInt16) { u16BE(value.byteSwapped) }
    package mutating func u32LE(_ value: UInt32) { u32BE(value.byteSwapped) }

    package mutating func u64LE(_ value: UInt64) {
        u32LE(UInt32(truncatingIfNeeded: value))
        u32LE(UInt32(truncatingIfNeeded: value >> 32))
    }

    /// For arrays: what is generic is not specialized for other modules.
    package mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }
    package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
    package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
    package mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    package mutating func append(_ span: RawSpan) {
        unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Writes what `body` writes, preceded by its byte count as 16 bits, big endian.
    package mutating func lengthPrefixed16BE<E: Error>(_ body: (inout ByteWriter) throws(E) -> Void) throws(E) {
        let at = count
        u16BE(0)
        try body(&self)
        patchU16BE(UInt16(clamping: count - at - 2), at: at)
    }

    /// Writes what `body` writes, preceded by its byte count as 32 bits, big endian.
    package mutating func lengthPrefixed32BE<E: Error>(_ body: (inout ByteWriter) throws(E) -> Void) throws(E) {
        let at = count
        u32BE(0)
        try body(&self)
        patchU32BE(UInt32(clamping: count - at - 4), at: at)
    }

    package mutating func patchU16BE(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    package mutating func patchU32BE(_ value: UInt32, at offset: Int) {
        patchU16BE(UInt16(truncatingIfNeeded: value >> 16), at: offset)
        patchU16BE(UInt16(truncatingIfNeeded: value), at: offset + 2)
    }

    package mutating func patchU32LE(_ value: UInt32, at offset: Int) { patchU32BE(value.byteSwapped, at: offset) }
}
