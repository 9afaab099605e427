import Kits
import TestSupport
import Testing

/// The kit in front of a plain server, with the real stunnel.
@Suite struct StunnelKitTests {
    /// Starts stunnel from the kit on a free port and gives the port to `body`.
    private func withStunnel(
        _ policy: KitPolicy, keyType: [String],
        _ body: @escaping @Sendable (_ port: String, _ log: String) throws -> Void
    ) async throws {
        try await withEchoServer { backendPort in
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let made = try Command.run(
                "openssl",
                ["req", "-x509", "-nodes", "-newkey"] + keyType
                    + ["-keyout", "key.pem", "-out", "cert.pem", "-days", "1", "-subj", "/CN=pacs.example.org"],
                in: folder.path)
            try #require(made.status == 0, "\(made.output)")

            var input = KitInput(
                connectionName: "Test Site", host: "pacs.example.org", policy: policy,
                certificatePEM: try folder.read("cert.pem"))
            input.keyPEM = try folder.read("key.pem")
            input.services = [KitService(name: "Store", tlsPort: 2762, backendPort: backendPort)]
            for entry in try Kit.entries(for: .stunnel, input) {
                var bytes = entry.bytes
                if entry.name == "stunnel.conf" {
                    // As an administrator would adapt it; stunnel takes port 0 and logs the one it got.
                    let text = String(decoding: bytes, as: UTF8.self)
                        .replacing("accept = 2762\n", with: "accept = 127.0.0.1:0\n")
                        .replacing("/etc/stunnel/", with: folder.path + "/")
                    bytes = Array(text.utf8)
                }
                try folder.write(entry.name, bytes)
            }
            let stunnel = try PeerProcess("stunnel4", [folder.path + "/stunnel.conf"], in: folder.path)
            defer { stunnel.stop() }
            let bound = stunnel.line(containing: " bound to 127.0.0.1:")
            let port = try #require(bound?.split(separator: ":").last, "\(stunnel.lines)")
            try body(String(port), stunnel.lines.joined(separator: "\n"))
        }
    }

    private static func connect(_ port: String, _ options: String...) throws -> Command.Outcome {
        try Command.run("openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-brief"] + options, input: "Q\n")
    }

    @Test func tls12PolicyTakesForwardSecrecyOnly() async throws {
        try await withStunnel(.tls12, keyType: ["rsa:2048"]) { port, log in
            #expect(log.contains("Configuration successful"))
            let good = try Self.connect(port, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
            #expect(
                good.status == 0 && good.output.contains("Ciphersuite: ECDHE-RSA-AES128-GCM-SHA256"), "\(good.output)")
            let unlimited = try Self.connect(port)
            #expect(unlimited.output.contains("Protocol version: TLSv1.2"), "\(unlimited.output)")
            for refused in [
                ["-tls1_3"], ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA"],
                ["-tls1_2", "-cipher", "AES256-GCM-SHA384"], ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"],
                ["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"], ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
            ] {
                let outcome = try Command.run(
                    "openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-brief"] + refused, input: "Q\n")
                #expect(outcome.status != 0, "\(refused) was accepted: \(outcome.output)")
                #expect(outcome.output.contains("alert"), "\(outcome.output)")
            }
        }
    }

    @Test func bcp195PolicyPrefersTLS13() async throws {
        try await withStunnel(.bcp195, keyType: ["rsa:2048"]) { port, _ in
            let unlimited = try Self.connect(port)
            #expect(unlimited.output.contains("Protocol version: TLSv1.3"), "\(unlimited.output)")
            let older = try Self.connect(port, "-tls1_2")
            #expect(older.output.contains("Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384"), "\(older.output)")
            let refused = try Self.connect(port, "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256")
            #expect(refused.status != 0, "\(refused.output)")
        }
    }

    @Test func modifiedPolicyOffersTheCCMSuites() async throws {
        try await withStunnel(.bcp195Modified, keyType: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]) { port, _ in
            for suite in ["ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-CHACHA20-POLY1305"] {
                let outcome = try Self.connect(port, "-tls1_2", "-cipher", "\(suite):@SECLEVEL=0")
                #expect(outcome.output.contains("Ciphersuite: \(suite)"), "\(outcome.output)")
            }
            let outcome = try Self.connect(port, "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")
            #expect(outcome.status == 0, "\(outcome.output)")
        }
    }

    @Test func bytesPassToTheBackendAndBack() async throws {
        try await withStunnel(.tls12, keyType: ["rsa:2048"]) { port, _ in
            let client = try PeerProcess("openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet"])
            defer { client.stop() }
            try client.send("hello DICOM\n")
            #expect(client.line(containing: "hello DICOM") == "hello DICOM")
        }
    }
}
