import DICOMNetwork
import Domain
import Foundation
import Reactor
import Security
import Store
import TestSupport
import Testing

@testable import Forwarding

private let isDCMTKInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/storescp")

/// The worker against DCMTK's receiver behind its own TLS.
@Suite(.serialized, .timeLimit(.minutes(1)), .enabled(if: isDCMTKInstalled, "DCMTK is not installed"))
struct StorescpTests {
    @Test func aStudyArrivesOverTLSAndTheLedgerNamesTheCertificate() async throws {
        let identity = try CertificateIssuer.selfSigned(
            CertificateContents(host: "localhost", organizationName: "Clinic"), kind: .p256)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("c.pem", Array(identity.certificatePEM.utf8))
        try folder.write("k.pem", identity.key.pem())
        try folder.write("in/.keep", [])
        try await WorkerFixture.run(server: identity) { loop in
            let probe = try Listener(.loopback(port: 0), on: loop)
            defer { probe.close() }
            return probe.address.port
        } _: { fixture in
            let arguments = ["+tls", "k.pem", "c.pem", "-ic", "-od", "in", "\(fixture.integration.spec.port)"]
            let peer = try PeerProcess("storescp", arguments, in: folder.path)
            defer { peer.stop() }
            let pool = try fixture.pool()
            pool.start()
            let id = try await fixture.save(12, byteCount: 300_000)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .delivered, "\(String(describing: delivery.lastError))")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/in").filter {
                $0 != ".keep"
            }
            #expect(files.count == 12)
            let entry = try #require(try await fixture.scope.ledger(LedgerFilter(), PageRequest()).items.first)
            let fingerprint = identity.leaf.fingerprintSHA256.map { String(format: "%02x", $0) }.joined()
            #expect(entry.destination.tlsPeerSHA256 == fingerprint)
            #expect(entry.destination.tlsVersion?.hasPrefix("TLSv1.") == true)
            #expect(entry.instanceCount == 12)
            await pool.drain(by: .after(.seconds(2)))
        }
    }
}
