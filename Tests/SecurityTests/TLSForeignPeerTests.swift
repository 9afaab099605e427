import Bytes
import Reactor
import Testing
import TestSupport

@testable import Security

/// OpenSSL's own programs as peers.
@Suite struct TLSForeignPeerTests {
    /// Starts `openssl s_server` on a port of its own choice and lends the port.
    private func withServer<T>(_ options: [String], _ body: (UInt16) async throws -> T) async throws -> T {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let identity = try TestIdentities.rsa.get()
        try folder.write("c.pem", Array(identity.certificatePEM.utf8))
        try folder.write("k.pem", identity.key.pem())
        let arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", "c.pem", "-key", "k.pem", "-rev"]
        let process = try PeerProcess("openssl", arguments + options, in: folder.path)
        defer { process.stop() }
        let line = try #require(process.line(containing: "ACCEPT"))
        return try await body(try #require(UInt16(line.split(separator: ":").last ?? "")))
    }

    private func handshake(_ policy: TLSPolicy, port: UInt16) async throws -> Result<TLSSessionInfo, TLSError> {
        var settings = TLSClientSettings(verification: .none)
        settings.policy = policy
        let context = try TLSClientContext(settings)
        return try await onLoop { loop in
            let socket = try await SocketStream.connect(to: .loopback(port: port), on: loop, deadline: inFiveSeconds())
            let stream = try TLSStream(client: context, over: socket)
            defer { stream.close() }
            return await handshakeResult(stream)
        }
    }

    @Test(
        arguments: [
            ([], "TLSv1.3", "TLS_AES_256_GCM_SHA384"), (["-tls1_2"], "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
            (["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
        ] as [([String], String, String)])
    func serverIsReached(_ options: [String], _ version: String, _ cipher: String) async throws {
        try await withServer(options) { port in
            let info = try await handshake(.bcp195, port: port).get()
            #expect(info.version == version)
            // Without the option of its own s_server follows our order.
            #expect(info.cipher == (options.isEmpty ? "TLS_AES_128_GCM_SHA256" : cipher))
        }
    }

    @Test func serverReversesALine() async throws {
        let answer = try await withServer([]) { port in
            let context = try TLSClientContext(
                TLSClientSettings(
                    verification: .pin([try TestIdentities.rsa.get().leaf.publicKeySHA256])))
            return try await onLoop { loop in
                let socket = try await SocketStream.connect(
                    to: .loopback(port: port), on: loop, deadline: inFiveSeconds())
                let stream = try TLSStream(client: context, over: socket)
                defer { stream.close() }
                try await stream.handshake(deadline: inFiveSeconds())
                let buffer = IOBuffer(capacity: 64)
                buffer.append("abc\n")
                try await stream.write(buffer, deadline: inFiveSeconds())
                try await stream.fill(buffer, to: 4, deadline: inFiveSeconds())
                return buffer.readable.asciiString()
            }
        }
        #expect(answer == "cba\n")
    }

    @Test(arguments: [
        (["-tls1_3"], TLSPolicy.tls12),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], TLSPolicy.bcp195),
    ])
    func versionsThatDoNotMeetAreTold(_ options: [String], _ policy: TLSPolicy) async throws {
        let result = try await withServer(options) { port in try await handshake(policy, port: port) }
        guard case .failure(.versionRefused) = result else {
            Issue.record("the handshake gave \(result)")
            return
        }
    }

    @Test func suitesThatDoNotMeetAreTold() async throws {
        let result = try await withServer(["-tls1_2", "-cipher", "AES128-SHA256"]) { port in
            try await handshake(.bcp195, port: port)
        }
        guard case .failure(.alertReceived(name: "handshake_failure", code: 40)) = result else {
            Issue.record("the handshake gave \(result)")
            return
        }
    }

    @Test func modifiedProfileOffersItsSuites() async throws {
        let options = ["-ciphersuites", "TLS_AES_128_CCM_SHA256"]
        let info = try await withServer(options) { port in try await handshake(.bcp195Modified, port: port).get() }
        #expect(info.cipher == "TLS_AES_128_CCM_SHA256")
        let refused = try await withServer(options) { port in try await handshake(.bcp195, port: port) }
        guard case .failure(.alertReceived) = refused else {
            Issue.record("the handshake gave \(refused)")
            return
        }
    }

    /// Serves one connection: echoes what comes.
    private func withOurServer<T: Sendable>(
        _ settings: TLSServerSettings, _ body: @Sendable @escaping (UInt16) async throws -> T
    ) async throws -> T {
        let context = try TLSServerContext(settings)
        return try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            loop.spawn {
                while let accepted = await listener.accept() { loop.spawn { await echo(accepted, context, loop) } }
            }
            defer { listener.close() }
            return try await body(listener.address.port)
        }
    }

    private func client(_ arguments: [String], port: UInt16, input: String) async -> Command.Outcome? {
        let pool = BlockingPool(threads: 1, name: "client")
        return await pool.run {
            try? Command.run(
                "openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet", "-verify_quiet"] + arguments,
                input: input)
        }
    }

    @Test(arguments: [["-tls1_2"], ["-tls1_3"]])
    func opensslClientIsServed(_ options: [String]) async throws {
        let settings = TLSServerSettings(identity: try TestIdentities.rsa.get())
        let outcome = try await withOurServer(settings) { port in
            await client(options, port: port, input: String(repeating: "0123456789", count: 5000))
        }
        #expect(outcome?.output.contains(String(repeating: "0123456789", count: 5000)) == true)
    }

    @Test func opensslClientOfAnOldVersionIsRefused() async throws {
        let settings = TLSServerSettings(identity: try TestIdentities.rsa.get())
        let outcome = try await withOurServer(settings) { port in
            await client(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], port: port, input: "x")
        }
        #expect(outcome?.output.contains("alert protocol version") == true, "\(String(describing: outcome))")
    }
}

private func echo(_ accepted: Listener.Accepted, _ context: TLSServerContext, _ loop: EventLoop) async {
    guard let socket = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop),
        let stream = try? TLSStream(server: context, over: socket)
    else { return }
    defer { stream.close() }
    guard (try? await stream.handshake(deadline: inFiveSeconds())) != nil else { return }
    let buffer = IOBuffer(capacity: 16_384)
    while let count = try? await stream.read(into: buffer, deadline: inFiveSeconds()), count > 0 {
        guard (try? await stream.write(buffer, deadline: inFiveSeconds())) != nil else { return }
    }
    await stream.shutDownOutput(deadline: inFiveSeconds())
}
