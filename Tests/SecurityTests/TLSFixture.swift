import Bytes
import Reactor
import Testing
import TestSupport

@testable import Security

/// Certificates that many tests share: making RSA keys takes a while.
enum TestIdentities {
    static let rsa = make(.rsa2048)
    static let ec = make(.p256)
    static let authority = Result { () throws(SecurityError) in
        try CertificateIssuer.selfSigned(
            CertificateContents(host: "Test root", organizationName: "Clinic", purpose: .authority), kind: .p256)
    }

    private static func make(_ kind: KeyKind) -> Result<Identity, SecurityError> {
        Result { () throws(SecurityError) in
            try CertificateIssuer.selfSigned(
                CertificateContents(host: "localhost", organizationName: "Clinic"), kind: kind)
        }
    }

    static func issued(_ host: String, purpose: CertificateContents.Purpose = .server) throws -> Identity {
        try CertificateIssuer.issue(
            CertificateContents(host: host, organizationName: "Clinic", purpose: purpose), kind: .p256,
            by: authority.get())
    }
}

/// Both ends of one connection after their handshakes, whether these succeeded or not.
struct TLSPair: Sendable {
    let client: TLSStream
    let server: TLSStream
    let clientResult: Result<TLSSessionInfo, TLSError>
    let serverResult: Result<TLSSessionInfo, TLSError>

    func close() {
        client.close()
        server.close()
    }
}

func inFiveSeconds() -> Deadline { .after(.seconds(5)) }

/// A socket pair over loopback.
func connectedSockets(_ loop: EventLoop) async throws -> (SocketStream, SocketStream) {
    let listener = try Listener(.loopback(port: 0), on: loop)
    defer { listener.close() }
    let client = try await SocketStream.connect(to: listener.address, on: loop, deadline: inFiveSeconds())
    let accepted = try #require(await listener.accept())
    return (client, try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop))
}

func handshakeResult(_ stream: TLSStream) async -> Result<TLSSessionInfo, TLSError> {
    do throws(TLSError) {
        return .success(try await stream.handshake(deadline: inFiveSeconds()))
    } catch {
        return .failure(error)
    }
}

/// Connects and shakes hands, both ends on `loop`.
func connectTLS(_ client: TLSClientContext, _ server: TLSServerContext, _ loop: EventLoop) async throws -> TLSPair {
    let (clientSocket, serverSocket) = try await connectedSockets(loop)
    let clientStream = try TLSStream(client: client, over: clientSocket)
    let serverStream = try TLSStream(server: server, over: serverSocket)
    let serving = Task(executorPreference: loop) { await handshakeResult(serverStream) }
    let clientResult = await handshakeResult(clientStream)
    // The client's side of TLS 1.3 is done before the server judged its certificate.
    if case .failure = clientResult { clientStream.close() }
    return TLSPair(
        client: clientStream, server: serverStream, clientResult: clientResult, serverResult: await serving.value)
}

/// Writes `bytes` in pieces of random size.
func send(_ bytes: [UInt8], over stream: TLSStream, pieceMax: Int, seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var position = 0
    let buffer = IOBuffer(capacity: pieceMax)
    while position < bytes.count {
        let count = min(bytes.count - position, Int.random(in: 1...pieceMax, using: &random))
        buffer.append(Array(bytes[position..<(position + count)]))
        try await stream.write(buffer, deadline: .after(.seconds(20)))
        position += count
    }
}

/// Reads to the end with a buffer of `capacity` bytes.
func receiveAll(from stream: TLSStream, capacity: Int) async throws -> (count: Int, digest: [UInt8]) {
    let digest = Digest()
    let buffer = IOBuffer(capacity: capacity)
    var total = 0
    while try await stream.read(into: buffer, deadline: .after(.seconds(20))) > 0 {
        total += buffer.readableCount
        digest.update(buffer.readable)
        buffer.clear()
    }
    return (total, digest.finish())
}
