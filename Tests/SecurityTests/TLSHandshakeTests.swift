import Bytes
import Reactor
import Testing
import TestSupport

@testable import Security

@Suite struct TLSHandshakeTests {
    private func client(
        _ verification: TLSVerification, _ policy: TLSPolicy = .bcp195, identity: Identity? = nil
    ) throws -> TLSClientContext {
        var settings = TLSClientSettings(verification: verification)
        settings.policy = policy
        settings.identity = identity
        settings.serverName = "localhost"
        return try TLSClientContext(settings)
    }

    private func server(
        _ identity: Identity, _ policy: TLSPolicy = .bcp195, clients: TLSVerification? = nil
    ) throws -> TLSServerContext {
        var settings = TLSServerSettings(identity: identity)
        settings.policy = policy
        settings.clientVerification = clients
        return try TLSServerContext(settings)
    }

    private func shake(_ client: TLSClientContext, _ server: TLSServerContext) async throws -> TLSPair {
        try await onLoop { loop in
            let pair = try await connectTLS(client, server, loop)
            pair.close()
            return pair
        }
    }

    private func failure(_ result: Result<TLSSessionInfo, TLSError>) -> TLSError? {
        if case .failure(let error) = result { error } else { nil }
    }

    // MARK: Policies

    @Test(arguments: [
        (TLSPolicy.bcp195, TLSPolicy.bcp195, "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        (.tls12, .bcp195, "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        (.bcp195, .tls12, "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        (.bcp195Modified, .bcp195Modified, "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    ])
    func policiesAgree(_ ours: TLSPolicy, _ theirs: TLSPolicy, _ version: String, _ cipher: String) async throws {
        let identity = try TestIdentities.rsa.get()
        let pair = try await shake(
            client(.pin([identity.leaf.publicKeySHA256]), ours), server(identity, theirs))
        let info = try pair.clientResult.get()
        #expect(info.version == version)
        #expect(info.cipher == cipher)
        #expect(info.peerCertificate == identity.leaf)
        #expect(!info.isResumed)
        #expect(try pair.serverResult.get().version == version)
    }

    @Test func applicationProtocolIsChosen() async throws {
        var settings = TLSClientSettings(verification: .none)
        settings.applicationProtocols = ["h2", "http/1.1"]
        var serving = TLSServerSettings(identity: try TestIdentities.ec.get())
        serving.applicationProtocols = ["http/1.1"]
        let pair = try await shake(TLSClientContext(settings), TLSServerContext(serving))
        #expect(try pair.clientResult.get().applicationProtocol == "http/1.1")
        #expect(try pair.serverResult.get().applicationProtocol == "http/1.1")
    }

    // MARK: Judging the server

    @Test func anyOfSeveralPinsIsEnough() async throws {
        let identity = try TestIdentities.ec.get()
        let pins = [[UInt8](repeating: 1, count: 32), identity.leaf.publicKeySHA256]
        _ = try await shake(client(.pin(pins)), server(identity)).clientResult.get()
    }

    @Test func foreignKeyIsNotPinned() async throws {
        let identity = try TestIdentities.ec.get()
        let pins = [[UInt8](repeating: 1, count: 32)]
        let pair = try await shake(client(.pin(pins)), server(identity))
        let error = failure(pair.clientResult)
        #expect(
            error == .pinMismatch(expected: pins, actual: identity.leaf.publicKeySHA256, certificate: identity.leaf))
        guard case .alertReceived = failure(pair.serverResult) else {
            Issue.record("the server learned \(pair.serverResult)")
            return
        }
    }

    @Test func authorityAndNameAreChecked() async throws {
        let root = try TestIdentities.authority.get().leaf
        let roots = TLSVerification.TrustRoots.certificates([root])
        let named = try TestIdentities.issued("pacs.example")
        _ = try await shake(client(.authority(roots, name: "pacs.example")), server(named)).clientResult.get()
        _ = try await shake(client(.authority(roots, name: nil)), server(named)).clientResult.get()
        let other = try await shake(client(.authority(roots, name: "other.example")), server(named))
        #expect(failure(other.clientResult) == .nameMismatch(expected: "other.example", certificate: named.leaf))
        let addressed = try TestIdentities.issued("127.0.0.1")
        _ = try await shake(client(.authority(roots, name: "127.0.0.1")), server(addressed)).clientResult.get()
        let wrong = try await shake(client(.authority(roots, name: "127.0.0.2")), server(addressed))
        #expect(failure(wrong.clientResult) == .nameMismatch(expected: "127.0.0.2", certificate: addressed.leaf))
    }

    @Test func selfSignedServerIsNotTrusted() async throws {
        let identity = try TestIdentities.rsa.get()
        for roots in [TLSVerification.TrustRoots.system, .certificates([try TestIdentities.authority.get().leaf])] {
            let pair = try await shake(client(.authority(roots, name: "localhost")), server(identity))
            #expect(
                failure(pair.clientResult)
                    == .untrusted(reason: "self-signed certificate", certificate: identity.leaf))
        }
        _ = try await shake(client(.none), server(identity)).clientResult.get()
    }

    @Test func expiredCertificateFailsWithAnAuthorityAndIsReportedWithAPin() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let identity = try expiredIdentity(folder)
        let chain = TLSVerification.authority(.certificates([identity.leaf]), name: nil)
        let judged = try await shake(client(chain), server(identity))
        #expect(failure(judged.clientResult) == .expired(notAfter: identity.leaf.notAfter, certificate: identity.leaf))
        let pinned = try await shake(client(.pin([identity.leaf.publicKeySHA256])), server(identity)).clientResult.get()
        #expect(pinned.peerCertificate?.isExpired(at: 1_700_000_000) == true)
    }

    /// A certificate of the year 2020.
    private func expiredIdentity(_ folder: TemporaryFolder) throws -> Identity {
        try folder.write("index.txt", [])
        try folder.write("serial", Array("01\n".utf8))
        let configuration = """
            [ca]\ndefault_ca=x\n[x]
            dir=.\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p
            [p]\ncommonName=supplied\n
            """
        try folder.write("ca.cnf", Array(configuration.utf8))
        let request = [
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "r.pem", "-subj",
            "/CN=localhost",
        ]
        _ = try Command.run("openssl", request, in: folder.path)
        let signing = [
            "ca", "-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", "k.pem", "-in", "r.pem", "-out", "c.pem",
            "-notext", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z",
        ]
        let outcome = try Command.run("openssl", signing, in: folder.path)
        try #require(outcome.status == 0, "\(outcome.output)")
        return try Identity(certificatePEM: folder.read("c.pem"), keyPEM: folder.read("k.pem"))
    }

    // MARK: Client certificates

    @Test(arguments: [TLSPolicy.bcp195, .tls12])
    func clientCertificateIsShownAndJudged(_ policy: TLSPolicy) async throws {
        let root = try TestIdentities.authority.get().leaf
        let node = try TestIdentities.issued("causeway", purpose: .client)
        let serving = try server(TestIdentities.ec.get(), policy, clients: .authority(.certificates([root]), name: nil))
        let known = try await shake(client(.none, policy, identity: node), serving)
        #expect(try known.serverResult.get().peerCertificate == node.leaf)
        let anonymous = try await shake(client(.none, policy), serving)
        #expect(failure(anonymous.serverResult) == .noCertificate)
        let stranger = try await shake(client(.none, policy, identity: TestIdentities.rsa.get()), serving)
        guard case .untrusted = failure(stranger.serverResult) else {
            Issue.record("the server said \(stranger.serverResult)")
            return
        }
    }

    @Test func refusedClientLearnsTheAlertFromItsFirstRead() async throws {
        let root = try TestIdentities.authority.get().leaf
        let serving = try server(TestIdentities.ec.get(), clients: .authority(.certificates([root]), name: nil))
        let context = try client(.none)
        let error = try await onLoop { loop -> StreamError? in
            let pair = try await connectTLS(context, serving, loop)
            defer { pair.close() }
            do throws(StreamError) {
                _ = try await pair.client.read(into: IOBuffer(capacity: 64), deadline: inFiveSeconds())
                return nil
            } catch {
                return StreamError?.some(error)
            }
        }
        #expect(error == .tls("the peer sent alert certificate_required (116)"))
    }

    @Test func refusedClientThatOnlyWritesLearnsTheAlert() async throws {
        let root = try TestIdentities.authority.get().leaf
        let serving = try server(TestIdentities.ec.get(), clients: .authority(.certificates([root]), name: nil))
        let context = try client(.none)
        let error = try await onLoop { loop -> StreamError? in
            let pair = try await connectTLS(context, serving, loop)
            pair.server.close()
            defer { pair.client.close() }
            let buffer = IOBuffer(capacity: 1 << 20)
            do throws(StreamError) {
                for _ in 0..<1000 {
                    buffer.append([UInt8](repeating: 1, count: 1 << 20))
                    try await pair.client.write(buffer, deadline: inFiveSeconds())
                }
                return nil
            } catch {
                return StreamError?.some(error)
            }
        }
        #expect(error == .tls("the peer sent alert certificate_required (116)"))
    }

    // MARK: Configuration

    @Test func pinsMustBeHashes() {
        for pins in [[], [[1, 2, 3]]] as [[[UInt8]]] {
            #expect(throws: SecurityError.self) { try client(.pin(pins)) }
        }
    }

    @Test func serverWithTwoKindsOfKeyMeetsBothKindsOfClient() async throws {
        let (rsa, ec) = (try TestIdentities.rsa.get(), try TestIdentities.ec.get())
        var settings = TLSServerSettings(identity: rsa)
        settings.policy = .bcp195Modified
        settings.alternativeIdentity = ec
        let serving = try TLSServerContext(settings)
        let info = try await shake(client(.none, .tls12), serving).clientResult.get()
        #expect(info.cipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
        #expect(info.peerCertificate == ec.leaf)
        settings.alternativeIdentity = rsa
        #expect(throws: SecurityError.self) { try TLSServerContext(settings) }
    }

    // MARK: Resumption

    @Test(arguments: [TLSPolicy.bcp195, .tls12])
    func secondConnectionIsResumed(_ policy: TLSPolicy) async throws {
        let identity = try TestIdentities.rsa.get()
        let context = try client(.pin([identity.leaf.publicKeySHA256]), policy)
        let serving = try server(identity)
        let resumed = try await onLoop { loop in
            var resumed: [Bool] = []
            for _ in 0..<4 {
                let pair = try await connectTLS(context, serving, loop)
                let info = try pair.clientResult.get()
                resumed.append(info.isResumed && info.peerCertificate == identity.leaf)
                // TLS 1.3 tickets come with the first bytes from the server.
                let buffer = IOBuffer(capacity: 64)
                buffer.append([1])
                try await pair.server.write(buffer, deadline: inFiveSeconds())
                _ = try await pair.client.read(into: buffer, deadline: inFiveSeconds())
                pair.close()
            }
            return resumed
        }
        #expect(resumed == [false, true, true, true])
        #expect(context.resumableCount > 0)
    }

    @Test func sessionIsNotResumedUnderAnotherCertificate() async throws {
        let context = try client(.none, .tls12)
        _ = try await shake(context, server(TestIdentities.rsa.get())).clientResult.get()
        #expect(context.resumableCount == 1)
        let info = try await shake(context, server(TestIdentities.ec.get())).clientResult.get()
        #expect(!info.isResumed)
    }
}
