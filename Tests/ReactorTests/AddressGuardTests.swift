import Reactor
import Testing

@Suite struct AddressGuardTests {
    private func verdict(_ literal: String, _ policy: AddressPolicy = .publicOnly) throws -> AddressVerdict {
        policy.verdict(try #require(SocketAddress(literal: literal, port: 104), "\(literal)"))
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1",
        "169.253.1.1", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.1.1", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "3ffe::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1",
    ])
    func publicAddressesAreAllowed(_ literal: String) throws {
        #expect(try verdict(literal) == .allowed)
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.1.2",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::2", "::10.0.0.1", "::8.8.8.8", "fc00::1", "fd12:3456::1", "fe80::1",
        "febf::1",
        "fec0::1", "ff02::1", "2001::1", "2001:1ff::1", "2001:db8::1", "3fff:fff::1", "5f00::1", "100::1",
        "64:ff9b:1::1",
        "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "4000::1", "e000::1",
    ])
    func otherAddressesAreDenied(_ literal: String) throws {
        guard case .denied = try verdict(literal) else {
            Issue.record("\(literal) was allowed")
            return
        }
    }

    @Test func reasonNamesAddressKindAndBlock() throws {
        #expect(try verdict("10.1.2.3") == .denied("10.1.2.3 is a private address (10.0.0.0/8)"))
        #expect(
            try verdict("2002:7f00:1::")
                == .denied("2002:7f00:1:: is a way to an address that is a loopback address (127.0.0.0/8)"))
        #expect(AddressPolicy.publicOnly.verdict(SocketAddress(host: .unix(path: "/x"), port: 0)) != .allowed)
    }

    @Test func exemptNetworksAreAllowedInEitherSpelling() throws {
        let policy = try AddressPolicy(allowNetworks: " 10.20.0.0/16, 127.0.0.1\nfd00::/8 ")
        for literal in ["10.20.255.1", "127.0.0.1", "::ffff:10.20.1.1", "fd12::1"] {
            #expect(try verdict(literal, policy) == .allowed)
        }
        for literal in ["10.21.0.1", "127.0.0.2", "fc00::1", "64:ff9b::10.20.1.1", "2002:a14:101::"] {
            #expect(try verdict(literal, policy) != .allowed)
        }
    }

    @Test func deniedNetworksWinOverExemptOnes() throws {
        let own = try #require(AddressBlock("10.20.0.5"))
        let policy = try AddressPolicy(allowNetworks: "10.0.0.0/8", denied: [own])
        #expect(try verdict("10.20.0.6", policy) == .allowed)
        #expect(
            try verdict("::ffff:10.20.0.5", policy) == .denied("10.20.0.5 is closed to connections here (10.20.0.5)")
                || verdict("::ffff:10.20.0.5", policy)
                    == .denied("::ffff:10.20.0.5 is closed to connections here (10.20.0.5)")
        )
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "example.org", "/8",
    ])
    func malformedNetworksAreRefused(_ text: String) {
        #expect(throws: AddressBlockError(text: text)) { try AddressPolicy(allowNetworks: "10.0.0.0/8," + text) }
    }

    @Test func emptyNetworkListExemptsNothing() throws {
        #expect(try verdict("10.0.0.1", AddressPolicy(allowNetworks: " ")) != .allowed)
    }

    @Test(arguments: ["0.0.0.0/0", "::/0"])
    func prefixOfZeroIsEverythingOfItsFamily(_ text: String) throws {
        let policy = try AddressPolicy(allowNetworks: text)
        #expect(try (verdict("10.0.0.1", policy) == .allowed) == (text == "0.0.0.0/0"))
        #expect(try (verdict("fe80::1", policy) == .allowed) == (text == "::/0"))
    }
}

@Suite struct HostNameTests {
    @Test(arguments: [
        ("pacs.example.org", "pacs.example.org"), ("PACS.Example.ORG", "pacs.example.org"), ("localhost", "localhost"),
        ("a-1.b2", "a-1.b2"), ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"), ("3com.com", "3com.com"),
        ("8.8.8.8", "8.8.8.8"),
        ("2001:DB8:0:0::1", "2001:db8::1"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ("1.2.3.4.example", "1.2.3.4.example"),
    ])
    func namesAndLiteralsAreAccepted(_ text: String, _ canonical: String) throws {
        #expect(try HostName(validating: text).text == canonical)
    }

    @Test func literalsCarryTheirAddress() throws {
        #expect(try HostName(validating: "127.0.0.1").literal?.isLoopback == true)
        #expect(try HostName(validating: "::1").bracketed == "[::1]")
        #expect(try HostName(validating: "example.org").literal == nil)
    }

    @Test(
        arguments: [
            ("", .empty), ("https://example.org", .isURL), ("example.org/x", .isURL),
            ("user@example.org", .hasUserInfo),
            ("fe80::1%eth0", .hasZone), ("example.org:104", .hasPort), ("[::1]", .hasPort), ("münchen.de", .notASCII),
            ("example.org.", .trailingDot), ("a..b", .badLabel("")), (".a", .badLabel("")), ("-a.b", .badLabel("-a")),
            ("a-.b", .badLabel("a-")), ("a_b.c", .badLabel("a_b")), ("a b", .badLabel("a b")),
            ("a\n", .badLabel("a\n")),
            ("a\0b", .badLabel("a\0b")), ("127.1", .badAddress), ("2130706433", .badAddress),
            ("0x7f000001", .badAddress),
            ("0x7f.0.0.1", .badAddress), ("0177.0.0.1", .badAddress), ("1.2.3.4.5", .badAddress),
            ("256.1.1.1", .badAddress),
            ("127.0.0.01", .badAddress), ("a.0x", .badAddress),
            (String(repeating: "a", count: 64), .badLabel(String(repeating: "a", count: 64))),
            (String(repeating: "a.", count: 127) + "a", .tooLong),
        ] as [(String, HostNameError)])
    func otherSpellingsAreRefused(_ text: String, _ error: HostNameError) {
        #expect(throws: error) { try HostName(validating: text) }
    }
}
