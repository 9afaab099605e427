/// Specific Character Set (0008,0005), for showing text (PS3.3 C.12.1.1.2, PS3.5 6.1). Bytes that mean nothing become
/// U+FFFD. What is forwarded is never decoded.
package struct CharacterSet: Equatable, Sendable {
    /// One repertoire, by the name iconv knows.
    private enum Repertoire: Equatable {
        case ascii
        case utf8
        case katakana
        /// Bytes below 0x80 are ASCII.
        case iconv(String)
        /// Two bytes per character in G0, seven bits each: iconv wants the high bits and perhaps a prefix.
        case doubleByte(String, prefix: [UInt8])
    }

    private let initial: Repertoire
    private let usesEscapes: Bool

    /// ISO_IR 6, which is ASCII.
    package static let `default` = CharacterSet(terms: [])

    /// The terms as they stand in (0008,0005). Unknown terms count as ASCII.
    package init(terms: [String]) {
        initial = Self.repertoire(terms.first ?? "")
        usesEscapes = terms.count > 1 || terms.first?.hasPrefix("ISO 2022") == true
    }

    /// Text of a whole value, delimiters included. In person names `^` and `=` also end what an escape began.
    package func decode(_ bytes: [UInt8], isPersonName: Bool = false) -> String {
        let escape: UInt8 = 0x1B
        guard usesEscapes, bytes.contains(escape) else { return Self.decode(bytes[...], initial) }
        var text = ""
        var g0 = Repertoire.ascii
        var g1 = initial
        var rest = bytes[...]
        while let first = rest.first {
            if first == escape {
                if let (repertoire, isG0, count) = Self.escape(rest) {
                    if isG0 { g0 = repertoire } else { g1 = repertoire }
                    rest = rest.dropFirst(count)
                } else {
                    text.unicodeScalars.append("\u{FFFD}")
                    rest = rest.dropFirst()
                }
                continue
            }
            if case .doubleByte = g0, first >= 0x21, first < 0x7F {
                let run = rest.prefix { $0 >= 0x21 && $0 < 0x7F }
                text += Self.decode(run, g0)
                rest = rest.dropFirst(run.count)
            } else if first >= 0x80 {
                let run = rest.prefix { $0 >= 0x80 }
                text += Self.decode(run, g1)
                rest = rest.dropFirst(run.count)
            } else {
                text.unicodeScalars.append(Unicode.Scalar(first))
                rest = rest.dropFirst()
                if Self.endsEscape(first, isPersonName) { (g0, g1) = (.ascii, initial) }
            }
        }
        return text
    }

    /// Control characters and value delimiters bring back the first repertoire (PS3.5 6.1.2.5.3).
    private static func endsEscape(_ byte: UInt8, _ isPersonName: Bool) -> Bool {
        switch byte {
        case 9, 10, 12, 13, UInt8(ascii: "\\"): true
        case UInt8(ascii: "^"), UInt8(ascii: "="): isPersonName
        default: false
        }
    }

    private static func repertoire(_ term: String) -> Repertoire {
        let name = term.hasPrefix("ISO 2022 ") ? "ISO_" + term.dropFirst(9).replacingBlank() : term.replacingBlank()
        switch name {
        case "ISO_IR_192": return .utf8
        case "ISO_IR_13": return .katakana
        case "ISO_IR_100": return .iconv("ISO-8859-1")
        case "ISO_IR_101": return .iconv("ISO-8859-2")
        case "ISO_IR_109": return .iconv("ISO-8859-3")
        case "ISO_IR_110": return .iconv("ISO-8859-4")
        case "ISO_IR_144": return .iconv("ISO-8859-5")
        case "ISO_IR_127": return .iconv("ISO-8859-6")
        case "ISO_IR_126": return .iconv("ISO-8859-7")
        case "ISO_IR_138": return .iconv("ISO-8859-8")
        case "ISO_IR_148": return .iconv("ISO-8859-9")
        case "ISO_IR_203": return .iconv("ISO-8859-15")
        case "ISO_IR_166": return .iconv("TIS-620")
        case "ISO_IR_149": return .iconv("EUC-KR")
        case "ISO_IR_58": return .iconv("GB2312")
        case "GB18030": return .iconv("GB18030")
        case "GBK": return .iconv("GBK")
        default: return .ascii
        }
    }

    /// The repertoire an escape sequence at the start of `bytes` calls up, whether into G0, and its length.
    private static func escape(_ bytes: ArraySlice<UInt8>) -> (Repertoire, isG0: Bool, count: Int)? {
        let letters = String(decoding: bytes.dropFirst().prefix(3), as: UTF8.self)
        for (sequence, repertoire, isG0) in escapes where letters.hasPrefix(sequence) {
            return (repertoire, isG0, 1 + sequence.utf8.count)
        }
        return nil
    }

    private static let escapes: [(String, Repertoire, isG0: Bool)] = [
        ("(B", .ascii, true), ("(J", .ascii, true), (")I", .katakana, false),
        ("$B", .doubleByte("EUC-JP", prefix: []), true),
        ("$(D", .doubleByte("EUC-JP", prefix: [0x8F]), true),
        ("$)C", .iconv("EUC-KR"), false), ("$)A", .iconv("GB2312"), false),
        ("-A", .iconv("ISO-8859-1"), false), ("-B", .iconv("ISO-8859-2"), false),
        ("-C", .iconv("ISO-8859-3"), false), ("-D", .iconv("ISO-8859-4"), false),
        ("-L", .iconv("ISO-8859-5"), false), ("-G", .iconv("ISO-8859-6"), false),
        ("-F", .iconv("ISO-8859-7"), false), ("-H", .iconv("ISO-8859-8"), false),
        ("-M", .iconv("ISO-8859-9"), false), ("-b", .iconv("ISO-8859-15"), false),
        ("-T", .iconv("TIS-620"), false),
    ]

    private static func decode(_ bytes: ArraySlice<UInt8>, _ repertoire: Repertoire) -> String {
        switch repertoire {
        case .utf8: return String(decoding: bytes, as: UTF8.self)
        case .ascii: return scalars(bytes) { $0 < 0x80 ? UInt32($0) : 0xFFFD }
        case .katakana:
            return scalars(bytes) { $0 < 0x80 ? UInt32($0) : (0xA1...0xDF).contains($0) ? 0xFEC0 + UInt32($0) : 0xFFFD }
        case .iconv(let name):
            if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
            return TextConversion.utf8(from: Array(bytes), name)
        case .doubleByte(let name, let prefix):
            var eightBit: [UInt8] = []
            for (index, byte) in bytes.enumerated() {
                if index % 2 == 0 { eightBit += prefix }
                eightBit.append(byte | 0x80)
            }
            return TextConversion.utf8(from: eightBit, name)
        }
    }

    private static func scalars(_ bytes: ArraySlice<UInt8>, _ scalar: (UInt8) -> UInt32) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(scalar(byte)) ?? "\u{FFFD}") }
        return String(text)
    }
}

extension StringProtocol {
    /// Terms are written with a blank or an underscore in the field.
    fileprivate func replacingBlank() -> String { String(map { $0 == " " ? "_" : $0 }) }
}
