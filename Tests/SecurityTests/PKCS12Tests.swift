import Testing
import TestSupport

@testable import Security

@Suite struct PKCS12Tests {
    private func identity() throws -> Identity {
        let authority = try CertificateIssuer.selfSigned(
            CertificateContents(host: "root", organizationName: "Clinic", purpose: .authority), kind: .p256)
        return try CertificateIssuer.issue(
            CertificateContents(host: "pacs.example", organizationName: "Clinic"), kind: .rsa2048, by: authority)
    }

    @Test func fileIsReadBack() throws {
        let identity = try identity()
        let file = try PKCS12.export(identity, passphrase: "correct horse", name: "PACS")
        let read = try PKCS12.read(file, passphrase: "correct horse")
        #expect(read.certificates == identity.certificates)
        #expect(try read.key.publicKeySHA256() == identity.key.publicKeySHA256())
        #expect(throws: SecurityError.invalid(field: "passphrase", reason: "does not open the PKCS#12 file")) {
            try PKCS12.read(file, passphrase: "wrong horse")
        }
        #expect(throws: SecurityError.malformed("PKCS#12 file")) { try PKCS12.read([1, 2, 3], passphrase: "x") }
    }

    @Test func opensslReadsTheFile() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let identity = try identity()
        try folder.write("a.p12", PKCS12.export(identity, passphrase: "correct horse", name: "PACS"))
        let arguments = ["pkcs12", "-in", "a.p12", "-nodes", "-passin", "pass:correct horse"]
        let outcome = try Command.run("openssl", arguments, in: folder.path)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("friendlyName: PACS"))
        #expect(outcome.output.contains("BEGIN PRIVATE KEY"))
        #expect(try Certificate.list(pem: Array(outcome.output.utf8)).count == 2)
    }

    @Test func shortPassphraseIsRefused() throws {
        #expect(throws: SecurityError.self) { try PKCS12.export(identity(), passphrase: "short", name: "") }
    }
}
