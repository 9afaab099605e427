/// The character classes of RFC 9110 5.5, 5.6.2 and RFC 3986.
enum ASCII {
    static let tab: UInt8 = 9
    static let lineFeed: UInt8 = 10
    static let carriageReturn: UInt8 = 13
    static let space: UInt8 = 32

    /// Bits 0-63 and 64-127 of a set of ASCII characters.
    private struct Set {
        let low: UInt64
        let high: UInt64

        @inline(__always)
        func contains(_ byte: UInt8) -> Bool {
            if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
            return byte < 128 && high >> UInt64(byte - 64) & 1 == 1
        }
    }

    // Written as numbers so that they are constants, not globals made on first use. ASCIITests spells them out.
    @inline(__always)
    private static var tokens: Set { Set(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }
    @inline(__always)
    private static var pathCharacters: Set { Set(low: 0x2FFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
    @inline(__always)
    private static var regNameCharacters: Set { Set(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

    /// tchar
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { tokens.contains(byte) }

    /// pchar, "/" and "%"
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool { pathCharacters.contains(byte) }

    /// What a reg-name or an IPv4 address is made of.
    static func isRegName(_ byte: UInt8) -> Bool { regNameCharacters.contains(byte) }

    /// field-vchar, space, tab and obs-text.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 32 ? byte != 127 : byte == tab }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    @inline(__always)
    static func isVisible(_ byte: UInt8) -> Bool { byte > 32 && byte < 127 }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
