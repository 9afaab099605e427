import Kits
import Testing

@Suite struct KitTests {
    private func input(_ policy: KitPolicy = .tls12, services: [KitService]? = nil) -> KitInput {
        var input = KitInput(
            connectionName: "Main Hospital", host: "pacs.example.org", policy: policy, certificatePEM: [1])
        input.services = services ?? [KitService(name: "Store", tlsPort: 2761)]
        return input
    }

    private func text(_ name: String, _ input: KitInput) throws -> String {
        let entry = try #require(Kit.entries(for: .stunnel, input).first { $0.name == name })
        return String(decoding: entry.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("Butterfly", "Butterfly_SCP_Cert.pem", "Butterfly_SCP_Key.pem"),
        ("Main Hospital/2", "Main_Hospital_2_SCP_Cert.pem", "Main_Hospital_2_SCP_Key.pem"),
        ("../é\n", "______SCP_Cert.pem", "______SCP_Key.pem"),
        ("", "Connection_SCP_Cert.pem", "Connection_SCP_Key.pem"),
    ])
    func fileNames(_ connection: String, _ certificate: String, _ key: String) {
        let names = KitFileNames(connectionName: connection)
        #expect(names.certificate == certificate && names.key == key)
    }

    @Test func kitWithoutKeyNamesItButDoesNotCarryIt() throws {
        let entries = try Kit.entries(for: .stunnel, input())
        #expect(
            entries.map(\.name) == ["README.txt", "stunnel.conf", "windows/stunnel.conf", "Main_Hospital_SCP_Cert.pem"])
        #expect(try text("stunnel.conf", input()).contains("key = /etc/stunnel/Main_Hospital_SCP_Key.pem\n"))
        #expect(try text("windows/stunnel.conf", input()).contains("key = Main_Hospital_SCP_Key.pem\n"))
        #expect(try text("README.txt", input()).contains("NOT in this kit: Main_Hospital_SCP_Key.pem"))
    }

    @Test func keyIsReadableForItsOwnerOnly() throws {
        var input = input()
        input.keyPEM = [2]
        let key = try Kit.entries(for: .stunnel, input).last
        #expect(key == ZipEntry(name: "Main_Hospital_SCP_Key.pem", bytes: [2], mode: 0o600))
    }

    @Test func everyServiceRepeatsEveryTLSOption() throws {
        let services = [
            KitService(name: "Store", tlsPort: 2761), KitService(name: "Second\nstore", tlsPort: 2761),
            KitService(name: "Worklist", tlsPort: 2762, backendHost: "10.0.0.5", backendPort: 105),
        ]
        for file in ["stunnel.conf", "windows/stunnel.conf"] {
            let conf = try text(file, input(services: services))
            #expect(conf.contains("; Store, Second store\n[dicom-tls-2761]\n"))
            #expect(conf.contains("connect = 10.0.0.5:105\n"))
            let sections = conf.split(separator: "\n[").dropFirst()
            #expect(sections.count == 2)
            for section in sections {
                for option in [
                    "accept", "connect", "cert", "key", "sslVersionMin", "sslVersionMax", "ciphers", "ciphersuites",
                    "curves",
                    "options", "renegotiation",
                ] {
                    #expect(section.contains("\n\(option) = "), "\(option) is missing")
                }
            }
            let global = try #require(conf.split(separator: "\n[").first)
            #expect(!global.contains("\nsslVersion") && !global.contains("\nciphers"))
        }
    }

    @Test(arguments: [(KitPolicy.tls12, "TLSv1.2"), (.bcp195, "TLSv1.3"), (.bcp195Modified, "TLSv1.3")])
    func policyLimitsTheVersion(_ policy: KitPolicy, _ highest: String) throws {
        let conf = try text("stunnel.conf", input(policy))
        #expect(conf.contains("sslVersionMin = TLSv1.2\nsslVersionMax = \(highest)\n"))
    }

    @Test func namesCannotSmuggleInDirectives() throws {
        var bad = input(services: [
            KitService(name: "x\nexec = /bin/sh\r\u{2028}y", tlsPort: 1, backendHost: "h\nexec = sh")
        ])
        bad.connectionName = "a\nexec = /bin/sh"
        bad.host = "h\nexec = /bin/sh"
        for line in try text("stunnel.conf", bad).split(whereSeparator: \.isNewline) where line.contains("exec") {
            #expect(
                line.hasPrefix("; ") || line == "connect = hexecsh:104"
                    || line.contains(" = /etc/stunnel/a_exec____bin_sh"))
        }
    }

    @Test func routerCertificateIsDemandedWhenGiven() throws {
        var input = input()
        input.clientCertificatePEM = [3]
        let conf = try text("stunnel.conf", input)
        #expect(conf.contains("CAfile = /etc/stunnel/Main_Hospital_SCU_Cert.pem\nverifyPeer = yes\n"))
        #expect(try Kit.entries(for: .stunnel, input).map(\.name).contains("Main_Hospital_SCU_Cert.pem"))
    }

    @Test func readmeFitsTheTerminal() throws {
        var input = input(.bcp195)
        for key in [nil, [1]] as [[UInt8]?] {
            input.keyPEM = key
            let readme = try text("README.txt", input)
            #expect(readme.contains("openssl s_client -connect pacs.example.org:2761 -tls1_3"))
            #expect(readme.contains("No trusted certificates found"))
            #expect(readme.split(separator: "\n").allSatisfy { $0.count <= 130 })
        }
    }

    @Test func otherProductsAndNoServicesAreRefused() {
        #expect(throws: KitError.unsupportedProduct(.haproxy)) { try Kit.entries(for: .haproxy, input()) }
        #expect(throws: KitError.noServices) { try Kit.entries(for: .stunnel, input(services: [])) }
        #expect(KitProduct(rawValue: "f5-big-ip") == .f5BigIP && KitProduct(rawValue: "squid") == nil)
    }
}
