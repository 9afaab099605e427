/// A block of IP addresses, such as `10.0.0.0/8`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first address, 4 or 16 bytes, network order.
    private let base: [UInt8]
    private let prefixLength: Int
    package let description: String

    /// Nil unless `text` is an address literal, alone or followed by `/` and a prefix length. Bits after the prefix are
    /// ignored.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = SocketAddress(literal: String(parts[0]), port: 0), let bytes = address.host.addressBytes
        else {
            return nil
        }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(parts[1]),
                number <= length
            else { return nil }
            length = number
        }
        base = bytes
        prefixLength = length
        description = String(text)
    }

    /// Whether the address, of the same family, lies in the block.
    package func contains(_ address: [UInt8]) -> Bool {
        guard address.count == base.count else { return false }
        let whole = prefixLength / 8
        guard address[..<whole] == base[..<whole] else { return false }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefixLength % 8))
        return mask == 0 || address[whole] & mask == base[whole] & mask
    }
}

package enum AddressVerdict: Equatable, Sendable {
    case allowed
    /// Why, in words for the tenant: "10.1.2.3 is a private address (10.0.0.0/8)".
    case denied(String)
}

/// Which addresses a tenant may make us connect to: public ones, less `denied`, plus `exempt`.
///
/// It judges binary addresses after resolution, so that no spelling of an address gets around it. Whoever connects by
/// name must ask again for each address of each new connection.
package struct AddressPolicy: Sendable {
    private let exempt: [AddressBlock]
    private let denied: [AddressBlock]

    /// `denied`, such as this server's own addresses, wins over `exempt`.
    package init(exempt: [AddressBlock] = [], denied: [AddressBlock] = []) {
        self.exempt = exempt
        self.denied = denied
    }

    /// Public addresses only.
    package static let publicOnly = AddressPolicy()

    /// Reads `CAUSEWAY_ALLOW_NETWORKS`: blocks with commas or white space between them. Throws at the first that is not
    /// one.
    package init(allowNetworks text: String, denied: [AddressBlock] = []) throws(AddressBlockError) {
        var blocks: [AddressBlock] = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let block = AddressBlock(part) else { throw AddressBlockError(text: String(part)) }
            blocks.append(block)
        }
        self.init(exempt: blocks, denied: denied)
    }

    package func verdict(_ address: SocketAddress) -> AddressVerdict {
        guard let bytes = address.host.addressBytes else { return .denied("a Unix socket is not a network address") }
        // An IPv4 address written as ::ffff:a.b.c.d is that IPv4 address to the kernel.
        let effective = Self.mapped.contains(bytes) ? Array(bytes.suffix(4)) : bytes
        if let block = denied.first(where: { $0.contains(effective) }) {
            return .denied("\(address.hostDescription) is closed to connections here (\(block))")
        }
        if exempt.contains(where: { $0.contains(effective) }) { return .allowed }
        guard let reason = Self.specialPurpose(effective) else { return .allowed }
        return .denied("\(address.hostDescription) is \(reason)")
    }

    // MARK: Special-purpose addresses (IANA registries, RFC 6890 and successors)

    private static func specialPurpose(_ bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return reason(bytes, specialV4) }
        if let reason = reason(bytes, specialV6) { return reason }
        if nat64.contains(bytes) { return embedded(Array(bytes.suffix(4))) }
        if sixToFour.contains(bytes) { return embedded(Array(bytes[2..<6])) }
        return global.contains(bytes) ? nil : "not a public address (outside 2000::/3)"
    }

    private static func embedded(_ v4: [UInt8]) -> String? {
        reason(v4, specialV4).map { "a way to an address that is \($0)" }
    }

    private static func reason(_ bytes: [UInt8], _ table: [(block: AddressBlock, kind: String)]) -> String? {
        table.first { $0.block.contains(bytes) }.map { "\($0.kind) (\($0.block))" }
    }

    private static func table(_ rows: [(String, String)]) -> [(block: AddressBlock, kind: String)] {
        rows.compactMap { text, kind in AddressBlock(text).map { ($0, kind) } }
    }

    private static func block(_ text: String) -> AddressBlock {
        guard let block = AddressBlock(text) else { preconditionFailure("not an address block: \(text)") }
        return block
    }

    private static let mapped = block("::ffff:0:0/96")
    private static let nat64 = block("64:ff9b::/96")
    private static let sixToFour = block("2002::/16")
    private static let global = block("2000::/3")

    private static let specialV4 = table([
        ("0.0.0.0/8", "an address of \"this network\""),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a reserved relay address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    ])

    private static let specialV6 = table([
        ("::/128", "the unspecified address"),
        ("::1/128", "the loopback address"),
        ("64:ff9b:1::/48", "reserved for local translation"),
        ("100::/64", "a discard address"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "reserved for documentation"),
        ("3fff::/20", "reserved for documentation"),
        ("5f00::/16", "reserved for segment routing"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    ])
}

/// A part of a network list that is not an address block.
package struct AddressBlockError: Error, Equatable, Sendable, CustomStringConvertible {
    package let text: String

    package init(text: String) { self.text = text }

    package var description: String { "\"\(text)\" is not a network such as 10.0.0.0/8 or fd00::/8" }
}

extension SocketAddress.Host {
    /// Four or sixteen bytes, network order; nil for a Unix socket.
    package var addressBytes: [UInt8]? {
        switch self {
        case .v4(let bytes), .v6(let bytes): bytes
        case .unix: nil
        }
    }
}
