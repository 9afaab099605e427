import Bytes
import Testing
import TestSupport

@testable import Security

@Suite struct CertificateTests {
    private let contents = CertificateContents(host: "pacs.example.org", organizationName: "Clinic, \"North\" Ä")

    @Test(arguments: KeyKind.allCases)
    func selfSignedCertificateSaysWhatItShould(_ kind: KeyKind) throws {
        let identity = try CertificateIssuer.selfSigned(contents, kind: kind)
        let leaf = identity.leaf
        #expect(leaf.dnsNames == ["pacs.example.org"])
        #expect(leaf.subject == leaf.issuer)
        #expect(leaf.subject.contains("CN=pacs.example.org"))
        #expect(leaf.notAfter - leaf.notBefore == 730 * 86_400 + 3600)
        #expect(leaf.serial.count == 32)
        #expect(leaf.keyBits == (kind == .rsa2048 ? 2048 : 256))
        #expect(leaf.keyAlgorithm == (kind == .rsa2048 ? "RSA" : "EC"))
        #expect(!leaf.isAuthority)
        #expect(try leaf.publicKeySHA256 == identity.key.publicKeySHA256())
        #expect(try Certificate(pem: leaf.pem) == leaf)
        #expect(try Certificate(der: leaf.der) == leaf)
        #expect(leaf.isExpired(at: leaf.notAfter + 1) && !leaf.isExpired(at: leaf.notAfter))
    }

    @Test func opensslReadsTheSame() throws {
        let leaf = try CertificateIssuer.selfSigned(contents, kind: .rsa2048).leaf
        let arguments = ["x509", "-noout", "-text", "-fingerprint", "-sha256", "-serial"]
        let text = try Command.run("openssl", arguments, input: leaf.pem).output
        #expect(text.contains("DNS:pacs.example.org"))
        #expect(text.contains("TLS Web Server Authentication"))
        #expect(text.contains("Digital Signature, Key Encipherment"))
        #expect(text.contains("CA:FALSE"))
        #expect(text.contains("sha256WithRSAEncryption"))
        #expect(text.contains(leaf.fingerprintText))
        #expect(text.contains("serial=\(leaf.serial.uppercased())"))
    }

    @Test(arguments: ["192.0.2.7", "2001:db8::7"])
    func addressBecomesAnAddressName(_ address: String) throws {
        let leaf = try CertificateIssuer.selfSigned(
            CertificateContents(host: address, organizationName: "Clinic"), kind: .p256
        ).leaf
        #expect(leaf.addresses == [address])
        #expect(leaf.dnsNames.isEmpty)
    }

    @Test(arguments: [
        "", "a b", "pacs,DNS:evil.example", "-pacs", "1.2.3", "pacs..example", "host\nDNS:x", "pacs.example.",
    ])
    func hostThatIsNoNameIsRefused(_ host: String) {
        #expect(throws: SecurityError.self) {
            try CertificateIssuer.selfSigned(CertificateContents(host: host, organizationName: "C"), kind: .p256)
        }
    }

    @Test(arguments: [0, -1, 3651])
    func validityOutsideTheLimitsIsRefused(_ days: Int) {
        let contents = CertificateContents(host: "a.example", organizationName: "C", validityDays: days)
        #expect(throws: SecurityError.invalid(field: "validityDays", reason: "must be from 1 to 3650")) {
            try CertificateIssuer.selfSigned(contents, kind: .p256)
        }
    }

    @Test func longHostStandsInTheAlternativeNameAlone() throws {
        let host = (0..<4).map { _ in String(repeating: "a", count: 30) }.joined(separator: ".")
        let leaf = try CertificateIssuer.selfSigned(CertificateContents(host: host, organizationName: ""), kind: .p256)
            .leaf
        #expect(leaf.dnsNames == [host])
        #expect(!leaf.subject.contains("CN="))
    }

    @Test func issuedChainVerifiesWithOpenSSL() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try CertificateIssuer.selfSigned(
            CertificateContents(host: "Clinic root", organizationName: "Clinic", purpose: .authority), kind: .p256)
        let client = try CertificateIssuer.issue(
            CertificateContents(host: "causeway-1", organizationName: "Clinic", purpose: .client), kind: .p256,
            by: authority)
        try folder.write("ca.pem", Array(authority.certificatePEM.utf8))
        try folder.write("leaf.pem", Array(client.leaf.pem.utf8))
        let outcome = try Command.run(
            "openssl", ["verify", "-purpose", "sslclient", "-x509_strict", "-CAfile", "ca.pem", "leaf.pem"],
            in: folder.path)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(CertificateUpload.isIssued(client.leaf, by: authority.leaf))
        #expect(!CertificateUpload.isIssued(authority.leaf, by: client.leaf))
    }

    @Test func requestOfASiteIsSignedForOurNames() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        _ = try Command.run(
            "openssl",
            [
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "r.pem", "-subj",
                "/CN=evil.example",
            ],
            in: folder.path)
        let request = try CertificateRequest(pem: String(decoding: folder.read("r.pem"), as: UTF8.self))
        #expect(request.subject == "CN=evil.example")
        let authority = try CertificateIssuer.selfSigned(
            CertificateContents(host: "root", organizationName: "Clinic", purpose: .authority), kind: .rsa2048)
        let leaf = try CertificateIssuer.sign(request, contents, by: authority)
        #expect(leaf.dnsNames == ["pacs.example.org"])
        #expect(!leaf.subject.contains("evil"))
        #expect(leaf.publicKeySHA256 == request.publicKeySHA256)
        #expect(try KeyPair(pem: folder.read("k.pem")).publicKeySHA256() == leaf.publicKeySHA256)
    }

    @Test func weakOrForgedRequestIsRefused() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = [
            "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "k.pem", "-out", "r.pem", "-subj", "/CN=a",
        ]
        _ = try Command.run("openssl", arguments, in: folder.path)
        #expect(
            throws: SecurityError.invalid(field: "csr", reason: "RSA keys need 2048 bits or more, this one has 1024")
        ) {
            try CertificateRequest(pem: String(decoding: folder.read("r.pem"), as: UTF8.self))
        }
        #expect(throws: SecurityError.malformed("PEM certificate request")) { try CertificateRequest(pem: "nonsense") }
    }

    @Test func ourRequestIsAcceptedByOpenSSL() throws {
        let key = try KeyPair.generate(.rsa2048)
        let request = try CertificateRequest.make(contents, key: key)
        let outcome = try Command.run("openssl", ["req", "-verify", "-noout", "-text"], input: request.pem)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("DNS:pacs.example.org"))
        #expect(outcome.output.contains("verify OK"))
    }

    @Test(arguments: ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "hello"])
    func textThatIsNoCertificateIsRefused(_ text: String) {
        #expect(throws: SecurityError.malformed("PEM certificate")) { try Certificate(pem: text) }
    }

    @Test func brokenSecondCertificateIsNotDropped() throws {
        let leaf = try CertificateIssuer.selfSigned(contents, kind: .p256).leaf
        let text = leaf.pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(throws: SecurityError.self) { try Certificate.list(pem: Array(text.utf8)) }
        #expect(try Certificate.list(pem: Array((leaf.pem + leaf.pem).utf8)).count == 2)
        #expect(throws: SecurityError.self) { try Certificate(der: leaf.der + [0]) }
    }

    @Test(arguments: KeyKind.allCases)
    func keyIsReadBackFromEachForm(_ kind: KeyKind) throws {
        let key = try KeyPair.generate(kind)
        #expect(try KeyPair(pem: key.pem()).publicKeySHA256() == key.publicKeySHA256())
        #expect(try KeyPair(pem: key.traditionalPEM()).publicKeySHA256() == key.publicKeySHA256())
        let header = String(decoding: try key.traditionalPEM(), as: UTF8.self)
        #expect(header.hasPrefix(kind == .rsa2048 ? "-----BEGIN RSA PRIVATE KEY" : "-----BEGIN EC PRIVATE KEY"))
        #expect(throws: SecurityError.self) { try KeyPair(pem: "no key") }
    }

    @Test func encryptedKeyNeedsItsPassphrase() throws {
        let key = try KeyPair.generate(.p256)
        let text = try Command.run(
            "openssl", ["pkcs8", "-topk8", "-passout", "pass:secret"],
            input: String(decoding: key.pem(), as: UTF8.self)
        ).output
        #expect(try KeyPair(pem: text, passphrase: "secret").publicKeySHA256() == key.publicKeySHA256())
        #expect(throws: SecurityError.self) { try KeyPair(pem: text, passphrase: "wrong") }
        #expect(throws: SecurityError.self) { try KeyPair(pem: text) }
    }
}
