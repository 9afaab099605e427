/// A value representation (PS3.5 6.2). The raw value is its two letters, first letter high.
package enum VR: UInt16, Sendable, CaseIterable {
    // The names of the standard.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case AE = 0x4145, AS = 0x4153, AT = 0x4154, CS = 0x4353, DA = 0x4441, DS = 0x4453,
        DT = 0x4454, FD = 0x4644, FL = 0x464C, IS = 0x4953, LO = 0x4C4F, LT = 0x4C54,
        OB = 0x4F42, OD = 0x4F44, OF = 0x4F46, OL = 0x4F4C, OV = 0x4F56, OW = 0x4F57,
        PN = 0x504E, SH = 0x5348, SL = 0x534C, SQ = 0x5351, SS = 0x5353, ST = 0x5354,
        SV = 0x5356, TM = 0x544D, UC = 0x5543, UI = 0x5549, UL = 0x554C, UN = 0x554E,
        UR = 0x5552, US = 0x5553, UT = 0x5554, UV = 0x5556

    /// Nil when the two bytes name no value representation.
    package init?(_ first: UInt8, _ second: UInt8) {
        self.init(rawValue: UInt16(first) << 8 | UInt16(second))
    }

    /// The two letters, as on the wire.
    package var code: [UInt8] { [UInt8(rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)] }

    /// Whether the explicit header is 12 bytes with a 32-bit length (PS3.5 7.1.2).
    package var hasLongForm: Bool {
        switch self {
        case .OB, .OD, .OF, .OL, .OV, .OW, .SQ, .SV, .UC, .UN, .UR, .UT, .UV: true
        default: false
        }
    }

    /// Whether the value is text.
    package var isString: Bool {
        switch self {
        case .AE, .AS, .CS, .DA, .DS, .DT, .IS, .LO, .LT, .PN, .SH, .ST, .TM, .UC, .UI, .UR, .UT: true
        default: false
        }
    }

    /// Whether Specific Character Set (0008,0005) governs the text; all other text is ASCII.
    package var usesCharacterSet: Bool {
        switch self {
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT: true
        default: false
        }
    }

    /// Whether a backslash separates values; in long text it is an ordinary character.
    package var isMultiValued: Bool {
        switch self {
        case .LT, .ST, .UT, .UR: false
        default: isString
        }
    }

    /// Bytes of one number, which is what a change of byte order turns around; 1 when there is nothing to turn.
    package var unitByteCount: Int {
        switch self {
        case .AT, .OW, .SS, .US: 2
        case .FL, .OF, .OL, .SL, .UL: 4
        case .FD, .OD, .OV, .SV, .UV: 8
        default: 1
        }
    }

    /// What fills an odd value up to even length (PS3.5 6.2).
    package var paddingByte: UInt8 { isString && self != .UI ? 0x20 : 0 }
}

extension VR: CustomStringConvertible {
    package var description: String { String(decoding: code, as: UTF8.self) }
}

extension [UInt8] {
    /// Turns each complete group of `unit` bytes around; a remainder stays as it is.
    mutating func swapUnits(of unit: Int) {
        guard unit > 1 else { return }
        var start = 0
        while start + unit <= count {
            for i in 0..<(unit / 2) { swapAt(start + i, start + unit - 1 - i) }
            start += unit
        }
    }
}
