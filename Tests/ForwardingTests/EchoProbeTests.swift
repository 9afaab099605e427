import Bytes
import DICOMNetwork
import Foundation
import JSON
import Reactor
import Security
import TestSupport
import Testing

@testable import Forwarding

private let isDCMTKInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/storescp")

/// The twelve faults that an echo must tell apart, against real programs where they exist.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EchoProbeTests {
    private static let identity = Result { () throws(SecurityError) in
        try CertificateIssuer.selfSigned(
            CertificateContents(host: "localhost", organizationName: "Clinic"), kind: .p256)
    }

    private func tls(
        _ verification: TLSVerification = .none, policy: TLSPolicy = .bcp195
    ) throws -> DestinationTransport {
        var settings = TLSClientSettings(verification: verification)
        settings.policy = policy
        return .tls(try DestinationTLS(settings))
    }

    private func destination(_ port: UInt16, _ transport: DestinationTransport = .plain) -> Destination {
        var destination = Destination(
            host: "127.0.0.1", port: port, callingAE: "CAUSEWAY", calledAE: "PACS", transport: transport)
        destination.timeouts.connect = .milliseconds(300)
        destination.timeouts.handshake = .seconds(3)
        destination.timeouts.association.associate = .seconds(3)
        destination.timeouts.association.response = .milliseconds(300)
        return destination
    }

    private func echo(_ destination: Destination) async throws -> EchoReport {
        try await onLoop { loop in
            let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolve"))
            return await EchoProbe(on: loop, resolver: resolver).run(destination)
        }
    }

    private func expectFailure(_ report: EchoReport, at stage: DestinationStage, _ words: String) {
        #expect(!report.isOK)
        #expect(report.steps.last?.stage == stage)
        #expect(report.steps.last?.isOK == false)
        #expect(report.advice.contains(words), "\(report.transcript)")
    }

    private func freePort() async throws -> UInt16 {
        try await onLoop { loop in
            let probe = try Listener(.loopback(port: 0), on: loop)
            defer { probe.close() }
            return probe.address.port
        }
    }

    /// Echoes once the program listens.
    private func echoWhenListening(_ destination: Destination) async throws -> EchoReport {
        try await onLoop { loop in
            let deadline = Deadline.after(.seconds(10))
            let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolve"))
            while true {
                let report = await EchoProbe(on: loop, resolver: resolver).run(destination)
                if report.steps.last?.stage != .connect || deadline.isPast { return report }
            }
        }
    }

    private func withFolder<T>(_ body: (TemporaryFolder) async throws -> T) async throws -> T {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let identity = try Self.identity.get()
        try folder.write("c.pem", Array(identity.certificatePEM.utf8))
        try folder.write("k.pem", identity.key.pem())
        return try await body(folder)
    }

    private func withServer<T>(
        _ options: [String], in folder: TemporaryFolder, certificate: String = "c.pem",
        _ body: (UInt16) async throws -> T
    ) async throws -> T {
        let arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", "k.pem", "-quiet"]
        let process = try PeerProcess("openssl", arguments.dropLast() + options, in: folder.path)
        defer { process.stop() }
        let line = try #require(process.line(containing: "ACCEPT"))
        return try await body(try #require(UInt16(line.split(separator: ":").last ?? "")))
    }

    private func withStorescp<T>(
        _ options: [String], in folder: TemporaryFolder, _ body: (UInt16) async throws -> T
    ) async throws -> T {
        let port = try await freePort()
        let process = try PeerProcess("storescp", options + ["-od", folder.path, "\(port)"], in: folder.path)
        defer { process.stop() }
        return try await body(port)
    }

    // MARK: Success

    @Test(.enabled(if: isDCMTKInstalled)) func plainPeerAnswers() async throws {
        try await withFolder { folder in
            try await withStorescp([], in: folder) { port in
                let report = try await echoWhenListening(destination(port))
                #expect(report.isOK, "\(report.transcript)")
                #expect(report.steps.map(\.stage) == [.resolve, .connect, .associate, .echo, .release])
                #expect(report.steps[2].detail.contains("OFFIS_DCMTK"))
                #expect(report.json["ok"] == true)
                #expect(report.json["steps"]?[0]?["step"] == "resolve")
                #expect(report.transcript.hasSuffix("The destination answers as it should.\n"))
            }
        }
    }

    @Test(.enabled(if: isDCMTKInstalled)) func pinnedPeerAnswersAndSessionsAreResumed() async throws {
        try await withFolder { folder in
            try await withStorescp(["+tls", "k.pem", "c.pem", "-ic"], in: folder) { port in
                let pin = try Self.identity.get().leaf.publicKeySHA256
                let target = destination(port, try tls(.pin([pin])))
                let report = try await echoWhenListening(target)
                #expect(report.isOK, "\(report.transcript)")
                #expect(
                    report.steps.map(\.stage) == [.resolve, .connect, .tls, .associate, .echo, .release])
                #expect(report.steps[2].detail.contains("its key is a pinned one"))
                #expect(report.steps[2].detail.contains("CN"))
                #expect(try await echo(target).steps[2].detail.contains("session resumed"))
            }
        }
    }

    // MARK: The twelve

    @Test func unresolvableName() async throws {
        var target = destination(104)
        target.host = "no-such-host.invalid"
        expectFailure(try await echo(target), at: .resolve, "does not resolve")
    }

    @Test func refused() async throws {
        expectFailure(try await echo(destination(try await freePort())), at: .connect, "nothing listens on port")
    }

    @Test func filtered() async throws {
        // A full backlog drops further SYNs, as a firewall does.
        let outcome = try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop, backlog: 0)
            defer { listener.close() }
            var fillers: [SocketStream] = []
            defer { for filler in fillers { filler.close() } }
            for _ in 0..<4 {
                let filler = try? await SocketStream.connect(
                    to: listener.address, on: loop, deadline: .after(.milliseconds(100)))
                guard let filler else { break }
                fillers.append(filler)
            }
            let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolve"))
            return await EchoProbe(on: loop, resolver: resolver).run(self.destination(listener.address.port))
        }
        expectFailure(outcome, at: .connect, "firewall")
    }

    @Test(.enabled(if: isDCMTKInstalled)) func plainPeerOnTLS() async throws {
        try await withFolder { folder in
            try await withStorescp([], in: folder) { port in
                let report = try await echoWhenListening(destination(port, try tls()))
                expectFailure(report, at: .tls, "set TLS to inactive")
            }
        }
    }

    @Test(.enabled(if: isDCMTKInstalled)) func tlsPeerOnPlain() async throws {
        try await withFolder { folder in
            try await withStorescp(["+tls", "k.pem", "c.pem", "-ic"], in: folder) { port in
                expectFailure(try await echoWhenListening(destination(port)), at: .associate, "TLS to active")
            }
            try await withServer([], in: folder) { port in
                expectFailure(try await echo(destination(port)), at: .associate, "TLS to active")
            }
        }
    }

    @Test func wrongCertificate() async throws {
        try await withFolder { folder in
            try await withServer([], in: folder) { port in
                let other = [UInt8](repeating: 1, count: 32)
                let report = try await echo(destination(port, try tls(.pin([other]))))
                expectFailure(report, at: .tls, "another certificate than the one issued")
            }
        }
    }

    @Test func expiredCertificate() async throws {
        try await withFolder { folder in
            let made = try Command.run(
                "openssl",
                [
                    "x509", "-in", "c.pem", "-out", "expired.pem", "-signkey", "k.pem", "-not_after", "20200102000000Z",
                    "-not_before", "20200101000000Z",
                ], in: folder.path)
            if made.status != 0 { try makeExpired(folder) }
            let expired = try Certificate(pem: String(decoding: try folder.read("expired.pem"), as: UTF8.self))
            try await withServer([], in: folder, certificate: "expired.pem") { port in
                let trust = TLSVerification.authority(.certificates([expired]), name: nil)
                let report = try await echo(destination(port, try tls(trust)))
                expectFailure(report, at: .tls, "expired on 20")
            }
        }
    }

    /// With an OpenSSL that cannot set the dates of a self-signed certificate: by its small authority.
    private func makeExpired(_ folder: TemporaryFolder) throws {
        try folder.write("index.txt", [])
        try folder.write("serial", Array("01\n".utf8))
        let configuration = """
            [ca]
            default_ca = d
            [d]
            database = index.txt
            serial = serial
            new_certs_dir = .
            default_md = sha256
            policy = p
            [p]
            commonName = supplied
            [req]
            distinguished_name = n
            [n]
            """
        try folder.write("ca.cnf", Array(configuration.utf8))
        let request = try Command.run(
            "openssl",
            ["req", "-new", "-key", "k.pem", "-subj", "/CN=localhost", "-config", "ca.cnf", "-out", "r.pem"],
            in: folder.path)
        #expect(request.status == 0, "\(request.output)")
        let signed = try Command.run(
            "openssl",
            [
                "ca", "-config", "ca.cnf", "-selfsign", "-keyfile", "k.pem", "-in", "r.pem", "-out", "expired.pem",
                "-startdate", "20200101000000Z", "-enddate", "20200102000000Z", "-batch", "-notext",
            ], in: folder.path)
        #expect(signed.status == 0, "\(signed.output)")
    }

    @Test func tlsVersionRefused() async throws {
        try await withFolder { folder in
            try await withServer(["-tls1_3"], in: folder) { port in
                let report = try await echo(destination(port, try tls(policy: .tls12)))
                expectFailure(report, at: .tls, "no TLS version")
            }
        }
    }

    @Test(arguments: [false, true]) func httpServerOnThePort(_ isTLS: Bool) async throws {
        let port = try await freePort()
        let server = try PeerProcess("python3", ["-m", "http.server", "\(port)", "--bind", "127.0.0.1"])
        defer { server.stop() }
        let report = try await echoWhenListening(destination(port, isTLS ? try tls() : .plain))
        expectFailure(report, at: isTLS ? .tls : .associate, "web server (HTTP)")
    }

    @Test(arguments: [
        (AssociateReject.UserReason.calledAENotRecognized, "called AE title PACS"),
        (.callingAENotRecognized, "calling AE title CAUSEWAY"),
    ])
    func aeTitleRejected(_ reason: AssociateReject.UserReason, _ words: String) async throws {
        let report = try await onLoop { loop in
            var script = ScriptedPACS.Script()
            script.rejection = { _ in AssociateReject(.permanent, .user(reason)) }
            let pacs = try ScriptedPACS(script, on: loop)
            defer { pacs.close() }
            let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolve"))
            return await EchoProbe(on: loop, resolver: resolver).run(self.destination(pacs.port))
        }
        expectFailure(report, at: .associate, words)
    }

    @Test func peerHangsAfterAssociate() async throws {
        let report = try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            defer { listener.close() }
            loop.spawn {
                guard let accepted = await listener.accept(),
                    let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
                else { return }
                await Self.acceptAndFallSilent(stream)
                stream.close()
            }
            let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolve"))
            return await EchoProbe(on: loop, resolver: resolver).run(self.destination(listener.address.port))
        }
        expectFailure(report, at: .echo, "fell silent")
    }

    /// Answers A-ASSOCIATE-RQ and reads on until the other side gives up.
    private static func acceptAndFallSilent(_ stream: SocketStream) async {
        let buffer = IOBuffer(capacity: 4096)
        guard (try? await stream.read(into: buffer, deadline: .after(.seconds(5)))) != nil else { return }
        var accept = buffer.readable.array()
        // The titles and reserved bytes are the request's own; what follows is written anew.
        accept = Array(accept[0..<74])
        accept[0] = 2
        let context: [UInt8] = [0x10, 0, 0, 21] + Array("1.2.840.10008.3.1.1.1".utf8)
        let result: [UInt8] = [0x21, 0, 0, 25, 1, 0, 0, 0, 0x40, 0, 0, 17] + Array("1.2.840.10008.1.2".utf8)
        let user: [UInt8] = [0x50, 0, 0, 8, 0x51, 0, 0, 4, 0, 0, 64, 0]
        accept += context + result + user
        let length = accept.count - 6
        accept[2...5] = [0, 0, UInt8(length >> 8), UInt8(length & 255)]
        buffer.clear()
        buffer.append(accept)
        guard (try? await stream.write(buffer, deadline: .after(.seconds(5)))) != nil else { return }
        repeat {
            buffer.reserve(1024)
        } while ((try? await stream.read(into: buffer, deadline: .after(.seconds(5)))) ?? 0) > 0
    }

    // MARK: Beyond the twelve

    @Test func privateAddressIsRefusedBeforeConnecting() async throws {
        var target = destination(104)
        target.addressPolicy = .publicOnly
        let report = try await echo(target)
        expectFailure(report, at: .resolve, "not public")
        #expect(report.steps.count == 1)
    }
}
