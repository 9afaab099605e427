import Testing
import TestSupport

@testable import Security

@Suite struct CertificateUploadTests {
    private struct Setup {
        let authority: Identity
        let site: Identity
        var key: String { get throws { String(decoding: try site.key.pem(), as: UTF8.self) } }
        var now: Int64 { site.leaf.notBefore + 7200 }

        init() throws {
            authority = try CertificateIssuer.selfSigned(
                CertificateContents(host: "root", organizationName: "Clinic", purpose: .authority), kind: .p256)
            site = try CertificateIssuer.issue(
                CertificateContents(host: "pacs.example", organizationName: "Clinic"), kind: .p256, by: authority)
        }
    }

    private func reasons(_ certificate: String, _ key: String?, now: Int64) throws -> [String] {
        do throws(UploadRejection) {
            _ = try CertificateUpload.validate(certificatePEM: certificate, keyPEM: key, now: now)
            return []
        } catch {
            return error.reasons.map { "\($0.field): \($0.reason)" }
        }
    }

    @Test func goodChainAndKeyAreTaken() throws {
        let setup = try Setup()
        let read = try CertificateUpload.validate(
            certificatePEM: setup.site.certificatePEM, keyPEM: setup.key, now: setup.now)
        #expect(read.chain == setup.site.certificates)
        #expect(read.key != nil)
        #expect(try reasons(setup.site.leaf.pem, nil, now: setup.now) == [])
    }

    @Test func datesAreChecked() throws {
        let setup = try Setup()
        let late = try reasons(setup.site.certificatePEM, nil, now: setup.site.leaf.notAfter + 1)
        #expect(
            late.count == 2 && late[0].hasPrefix("certificate: expired") && late[1].hasPrefix("chain: certificate 2"))
        let early = try reasons(setup.site.leaf.pem, nil, now: setup.site.leaf.notBefore - 1)
        #expect(early.count == 1 && early[0].hasPrefix("certificate: not valid before"))
    }

    @Test func wrongOrderAndForeignKeyAreNamed() throws {
        let setup = try Setup()
        let swapped = setup.authority.leaf.pem + setup.site.leaf.pem
        let found = try reasons(swapped, setup.key, now: setup.now)
        #expect(found.count == 2 && found[0].hasPrefix("chain: certificate 2"))
        #expect(found[1].hasPrefix("key: belongs to certificate 2 of the chain"))
        let other = String(decoding: try KeyPair.generate(.p256).pem(), as: UTF8.self)
        #expect(try reasons(setup.site.leaf.pem, other, now: setup.now) == ["key: does not belong to the certificate"])
        #expect(try reasons(setup.site.leaf.pem, "x", now: setup.now).first?.hasPrefix("key: not a valid PEM") == true)
        #expect(try reasons("x", nil, now: setup.now) == ["certificate: not a valid PEM certificate"])
    }

    @Test func issuerOfTheSameNameWithAnotherKeyIsNoIssuer() throws {
        let (setup, other) = (try Setup(), try Setup())
        let found = try reasons(setup.site.leaf.pem + other.authority.leaf.pem, nil, now: setup.now)
        #expect(found.count == 1 && found[0].hasPrefix("chain: certificate 2"))
    }

    @Test(arguments: [
        (["-newkey", "rsa:1024", "-sha256"], "certificate: RSA keys need 2048 bits or more, this one has 1024"),
        (["-newkey", "rsa:2048", "-sha1"], "certificate: is signed with RSA-SHA1; SHA-256 or better is needed"),
    ])
    func weakCertificateIsRefused(_ options: [String], _ expected: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = [
            "req", "-x509", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=a", "-days", "30",
        ]
        _ = try Command.run("openssl", arguments + options, in: folder.path)
        let text = String(decoding: try folder.read("c.pem"), as: UTF8.self)
        let certificate = try Certificate(pem: text)
        #expect(try reasons(text, nil, now: certificate.notBefore + 60) == [expected])
    }
}
