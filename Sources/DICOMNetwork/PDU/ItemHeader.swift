internal import Bytes

/// Items and sub-items of A-ASSOCIATE, PS3.8 9.3.2.1.
///
///     OFFSET  SIZE  FIELD         NOTE
///     0       1     item type
///     1       1     reserved      0, not tested
///     2       2     item length   big endian, counts what follows
enum ItemType {
    static let applicationContext: UInt8 = 0x10
    static let presentationContextRequest: UInt8 = 0x20
    static let presentationContextResult: UInt8 = 0x21
    static let abstractSyntax: UInt8 = 0x30
    static let transferSyntax: UInt8 = 0x40
    static let userInformation: UInt8 = 0x50
    static let maximumLength: UInt8 = 0x51
    static let implementationClassUID: UInt8 = 0x52
    static let asynchronousWindow: UInt8 = 0x53
    static let roleSelection: UInt8 = 0x54
    static let implementationVersionName: UInt8 = 0x55
    static let extendedNegotiation: UInt8 = 0x56
    static let userIdentityRequest: UInt8 = 0x58
}

extension ByteReader {
    /// The type of the next item and a reader confined to its body.
    @_lifetime(self: copy self)
    mutating func itemHeader() throws(WireError) -> (type: UInt8, byteCount: Int) {
        let type = try u8("item type")
        try skip(1, "reserved")
        return (type, Int(try u16BE("item length")))
    }

    /// A UID as text; padding by NUL or blanks, which is wrong here but common, is taken off.
    @_lifetime(self: copy self)
    mutating func uid(_ count: Int, _ field: StaticString) throws(WireError) -> String {
        guard count <= AssociationLimits.uidByteCountMax + 2 else {
            throw error(.overlong(length: count, limit: AssociationLimits.uidByteCountMax), "\(field)")
        }
        return try ascii(count, field).trimmingPadding()
    }

    /// An AE title of 16 bytes, without the blanks around it.
    @_lifetime(self: copy self)
    mutating func aeTitle(_ field: StaticString) throws(WireError) -> String {
        try ascii(AssociationLimits.aeTitleByteCount, field).trimmingPadding()
    }
}

extension ByteWriter {
    mutating func item<E: Error>(_ type: UInt8, _ body: (inout ByteWriter) throws(E) -> Void) throws(E) {
        u8(type)
        u8(0)
        try lengthPrefixed16BE(body)
    }

    /// Sixteen bytes, filled up with blanks. `AssociationParameters` has made sure that the title is not longer.
    mutating func aeTitle(_ title: String) {
        var bytes = Array(title.utf8.prefix(AssociationLimits.aeTitleByteCount))
        bytes += repeatElement(UInt8(ascii: " "), count: AssociationLimits.aeTitleByteCount - bytes.count)
        append(bytes)
    }
}

extension String {
    /// Without blanks and NULs at both ends.
    func trimmingPadding() -> String {
        let isPadding = { (unit: UInt8) in unit == 0x20 || unit == 0 }
        guard let first = utf8.firstIndex(where: { !isPadding($0) }),
            let last = utf8.lastIndex(where: { !isPadding($0) })
        else { return "" }
        return first == utf8.startIndex && utf8.index(after: last) == utf8.endIndex ? self : String(self[first...last])
    }
}
