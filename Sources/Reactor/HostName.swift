/// A host as a tenant may write it: a DNS name or an address literal, checked for syntax only.
///
/// Spellings that programs understand differently (octal, hexadecimal or shortened IPv4, zone identifiers, a trailing
/// dot) are refused, so that what is stored means one thing. Where it leads is for `AddressPolicy` to judge, at each
/// connect.
package struct HostName: Hashable, Sendable, CustomStringConvertible {
    /// In lower case; a literal in its canonical form, IPv6 without brackets.
    package let text: String
    /// The address when `text` is a literal, port 0.
    package let literal: SocketAddress?

    package var description: String { text }

    /// For use before a colon and a port: IPv6 in brackets.
    package var bracketed: String { text.contains(":") ? "[\(text)]" : text }

    package init(validating text: String) throws(HostNameError) {
        if let address = SocketAddress(literal: text, port: 0) {
            self.text = address.hostDescription
            literal = address
            return
        }
        let units = Array(text.utf8)
        guard !units.isEmpty else { throw .empty }
        guard units.count <= 253 else { throw .tooLong }
        for (character, error) in Self.telling where units.contains(character) { throw error }
        guard units.allSatisfy({ $0 < 0x80 }) else { throw .notASCII }
        guard units.last != UInt8(ascii: ".") else { throw .trailingDot }
        let labels = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        for label in labels where !Self.isLabel(label) { throw .badLabel(String(label)) }
        if let last = labels.last, Self.looksNumeric(last) { throw .badAddress }
        self.text = text.lowercased()
        literal = nil
    }

    /// Characters whose presence says what the writer meant.
    private static let telling: [(UInt8, HostNameError)] = [
        (UInt8(ascii: "/"), .isURL), (UInt8(ascii: "@"), .hasUserInfo), (UInt8(ascii: "%"), .hasZone),
        (UInt8(ascii: ":"), .hasPort), (UInt8(ascii: "["), .hasPort),
    ]

    /// RFC 1123 2.1: letters, digits and inner hyphens, at most 63.
    private static func isLabel(_ label: Substring) -> Bool {
        let units = label.utf8
        guard (1...63).contains(units.count), units.first != UInt8(ascii: "-"), units.last != UInt8(ascii: "-") else {
            return false
        }
        return units.allSatisfy { unit in
            switch unit {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }

    /// Whether resolvers would take a name that ends so for an IPv4 address: `127.1`, `2130706433`, `0x7f000001`.
    private static func looksNumeric(_ label: Substring) -> Bool {
        if label.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) { return true }
        return label.hasPrefix("0x") && label.dropFirst(2).allSatisfy(\.isHexDigit)
    }
}

/// Why text is not acceptable as a host.
package enum HostNameError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case tooLong
    case isURL
    case hasUserInfo
    case hasZone
    case hasPort
    case notASCII
    case trailingDot
    case badLabel(String)
    case badAddress

    package var description: String {
        switch self {
        case .empty: "must not be empty"
        case .tooLong: "must not be longer than 253 characters"
        case .isURL: "must be a host name or an address, not a URL"
        case .hasUserInfo: "must not contain a user name"
        case .hasZone: "must not contain a zone identifier (%)"
        case .hasPort: "must be a host name or an address without port and brackets"
        case .notASCII: "must be written in ASCII; international names in the form xn--..."
        case .trailingDot: "must not end with a dot"
        case .badLabel(let label):
            label.isEmpty
                ? "must not contain an empty part" : "contains \"\(label.prefix(63))\", which is not part of a name"
        case .badAddress: "must be an IPv4 address of four decimal numbers, or a name that does not end in a number"
        }
    }
}
