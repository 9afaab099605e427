import Bytes
import Reactor
import Testing
import TestSupport

@testable import Security

@Suite struct TLSStreamTests {
    private func contexts(_ policy: TLSPolicy = .bcp195) throws -> (TLSClientContext, TLSServerContext) {
        let identity = try TestIdentities.ec.get()
        var settings = TLSClientSettings(verification: .pin([identity.leaf.publicKeySHA256]))
        settings.policy = policy
        return (try TLSClientContext(settings), try TLSServerContext(TLSServerSettings(identity: identity)))
    }

    @Test(arguments: [TLSPolicy.bcp195, .tls12], [1, 700, 40_000, 1_000_000])
    func randomPiecesArriveWholeInBothDirections(_ policy: TLSPolicy, _ pieceMax: Int) async throws {
        let (client, server) = try contexts(policy)
        var random = SeededGenerator(seed: 11)
        let bytes = random.bytes(min(3_000_000, pieceMax * 2000))
        let results = try await onLoop { loop in
            let pair = try await connectTLS(client, server, loop)
            defer { pair.close() }
            _ = try pair.clientResult.get()
            async let upward: Void = finish(pair.client, bytes, pieceMax, 1)
            async let downward: Void = finish(pair.server, bytes, pieceMax, 2)
            async let fromServer = receiveAll(from: pair.client, capacity: 100_000)
            async let fromClient = receiveAll(from: pair.server, capacity: 3000)
            try await upward
            try await downward
            return [try await fromServer.digest, try await fromClient.digest]
        }
        #expect(results == [Digest.of(bytes), Digest.of(bytes)])
    }

    @Test func sixtyFourMebibytesArriveUnchanged() async throws {
        let (client, server) = try contexts()
        let piece = SeededBytes.mebibyte
        let expected = Digest()
        for _ in 0..<64 { expected.update(piece) }
        let received = try await onLoop { loop in
            let pair = try await connectTLS(client, server, loop)
            defer { pair.close() }
            async let sending: Void = repeatedly(64, piece, pair.client)
            let received = try await receiveAll(from: pair.server, capacity: 256 * 1024)
            try await sending
            return received
        }
        #expect(received.count == 64 << 20)
        #expect(received.digest == expected.finish())
    }

    @Test(arguments: [TLSPolicy.bcp195, .tls12])
    func halfClosedStreamStillReceives(_ policy: TLSPolicy) async throws {
        let (client, server) = try contexts(policy)
        let answer = try await onLoop { loop in
            let pair = try await connectTLS(client, server, loop)
            defer { pair.close() }
            let buffer = IOBuffer(capacity: 64)
            buffer.append("question")
            try await pair.client.write(buffer, deadline: inFiveSeconds())
            await pair.client.shutDownOutput(deadline: inFiveSeconds())
            let question = try await receiveAll(from: pair.server, capacity: 64)
            #expect(question.count == 8 && !pair.server.endedWithoutCloseNotify)
            buffer.append("answer")
            try await pair.server.write(buffer, deadline: inFiveSeconds())
            await pair.server.shutDownOutput(deadline: inFiveSeconds())
            return try await receiveAll(from: pair.client, capacity: 64)
        }
        #expect(answer.digest == Digest.of("answer"))
    }

    @Test func writingAfterShutDownIsRefused() async throws {
        let (client, server) = try contexts()
        let error = try await onLoop { loop -> StreamError? in
            let pair = try await connectTLS(client, server, loop)
            defer { pair.close() }
            await pair.client.shutDownOutput(deadline: inFiveSeconds())
            return await streamError { () throws(StreamError) in
                let buffer = IOBuffer(capacity: 8)
                buffer.append([1])
                try await pair.client.write(buffer, deadline: inFiveSeconds())
            }
        }
        #expect(error == .closed)
    }

    @Test func peerThatJustClosesIsReportedAsAnUnannouncedEnd() async throws {
        let (client, server) = try contexts(.tls12)
        let flag = try await onLoop { loop in
            let pair = try await connectTLS(client, server, loop)
            pair.client.close()
            let received = try await receiveAll(from: pair.server, capacity: 64)
            pair.server.close()
            return received.count == 0 && pair.server.endedWithoutCloseNotify
        }
        #expect(flag)
    }

    /// A proxy that passes `limit` bytes of the client on and then ends.
    @Test(arguments: [1, 4, 5, 6, 700])
    func cutInTheMiddleOfARecordIsAnError(_ limit: Int) async throws {
        let (client, server) = try contexts(.tls12)
        let error = try await onLoop { loop -> StreamError? in
            let (clientSocket, middleIn) = try await connectedSockets(loop)
            let (middleOut, serverSocket) = try await connectedSockets(loop)
            let clientStream = try TLSStream(client: client, over: clientSocket)
            let serverStream = try TLSStream(server: server, over: serverSocket)
            let gate = Gate()
            loop.spawn { await pump(middleOut, middleIn) }
            loop.spawn { await pump(middleIn, middleOut, gate: gate) }
            let serving = Task(executorPreference: loop) { await handshakeResult(serverStream) }
            _ = try await handshakeResult(clientStream).get()
            _ = try await serving.value.get()
            gate.limit = limit
            let buffer = IOBuffer(capacity: 1000)
            buffer.append([UInt8](repeating: 5, count: 900))
            try await clientStream.write(buffer, deadline: inFiveSeconds())
            let error = await streamError { () throws(StreamError) in
                _ = try await serverStream.read(into: IOBuffer(capacity: 4096), deadline: inFiveSeconds())
            }
            clientStream.close()
            serverStream.close()
            return error
        }
        #expect(error == .endOfStream)
    }

    @Test func changedRecordIsRefused() async throws {
        let (client, server) = try contexts()
        let error = try await onLoop { loop -> StreamError? in
            let (clientSocket, serverSocket) = try await connectedSockets(loop)
            let clientStream = try TLSStream(client: client, over: clientSocket)
            let serverStream = try TLSStream(server: server, over: serverSocket)
            let serving = Task(executorPreference: loop) { await handshakeResult(serverStream) }
            _ = try await handshakeResult(clientStream).get()
            _ = try await serving.value.get()
            let forged = IOBuffer(capacity: 64)
            forged.append([23, 3, 3, 0, 20] + [UInt8](repeating: 7, count: 20))
            try await clientSocket.write(forged, deadline: inFiveSeconds())
            let error = await streamError { () throws(StreamError) in
                _ = try await serverStream.read(into: IOBuffer(capacity: 4096), deadline: inFiveSeconds())
            }
            clientStream.close()
            serverStream.close()
            return error
        }
        #expect(error == .tls("decryption failed or bad record mac"))
    }

    @Test func silentPeerEndsAtTheDeadline() async throws {
        let (client, _) = try contexts()
        let error = try await onLoop { loop -> TLSError? in
            let (socket, silent) = try await connectedSockets(loop)
            defer { silent.close() }
            let stream = try TLSStream(client: client, over: socket)
            defer { stream.close() }
            do throws(TLSError) {
                try await stream.handshake(deadline: .after(.milliseconds(20)))
                return nil
            } catch {
                return TLSError?.some(error)
            }
        }
        #expect(error == .timedOut)
    }

    @Test(arguments: [
        (
            [UInt8](arrayLiteral: 7, 0, 0, 0, 0, 4, 0, 0, 0, 0),
            TLSError.peerNotTLS(firstBytes: [7, 0, 0, 0, 0, 4, 0, 0, 0, 0])
        ),
        (Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), .peerNotTLS(firstBytes: Array("HTTP/1.1 400 Bad".utf8))),
        ([21, 3, 1, 0, 2, 2, 70], .versionRefused(detail: "the peer refuses the versions offered")),
        ([21, 3, 3, 0, 2, 2, 40], .alertReceived(name: "handshake_failure", code: 40)),
        ([21, 3, 3, 0, 2, 2, 112], .alertReceived(name: "unrecognized_name", code: 112)),
        ([22, 3], .closedByPeer),
        ([], .closedByPeer),
    ])
    func answersThatAreNoHandshakeAreTold(_ answer: [UInt8], _ expected: TLSError) async throws {
        let (client, _) = try contexts()
        let result = try await onLoop { loop in
            let (socket, peer) = try await connectedSockets(loop)
            let stream = try TLSStream(client: client, over: socket)
            loop.spawn {
                let buffer = IOBuffer(capacity: 4096)
                _ = try? await peer.read(into: buffer, deadline: inFiveSeconds())
                buffer.clear()
                buffer.append(answer)
                _ = try? await peer.write(buffer, deadline: inFiveSeconds())
                peer.close()
            }
            let result = await handshakeResult(stream)
            stream.close()
            return result
        }
        guard case .failure(let error) = result else {
            Issue.record("the handshake succeeded")
            return
        }
        #expect(error == expected)
    }

    /// A-ASSOCIATE-RQ begins 01 00.
    @Test func plainClientOfATLSServerIsTold() async throws {
        let (_, server) = try contexts()
        let result = try await onLoop { loop in
            let (socket, plain) = try await connectedSockets(loop)
            let stream = try TLSStream(server: server, over: socket)
            let buffer = IOBuffer(capacity: 64)
            buffer.append([1, 0, 0, 0, 0, 205, 0, 1])
            try await plain.write(buffer, deadline: inFiveSeconds())
            let result = await handshakeResult(stream)
            stream.close()
            plain.close()
            return result
        }
        guard case .failure(let error) = result else {
            Issue.record("the handshake succeeded")
            return
        }
        #expect(error == .peerNotTLS(firstBytes: [1, 0, 0, 0, 0, 205, 0, 1]))
        #expect("\(error)".contains("plain DICOM"))
    }
}

private enum SeededBytes {
    static let mebibyte: [UInt8] = {
        var random = SeededGenerator(seed: 5)
        return random.bytes(1 << 20)
    }()
}

private func finish(_ stream: TLSStream, _ bytes: [UInt8], _ pieceMax: Int, _ seed: UInt64) async throws {
    try await send(bytes, over: stream, pieceMax: pieceMax, seed: seed)
    await stream.shutDownOutput(deadline: inFiveSeconds())
}

private func repeatedly(_ times: Int, _ piece: [UInt8], _ stream: TLSStream) async throws {
    let buffer = IOBuffer(capacity: piece.count)
    for _ in 0..<times {
        buffer.append(piece)
        try await stream.write(buffer, deadline: .after(.seconds(20)))
    }
    await stream.shutDownOutput(deadline: inFiveSeconds())
}

private func streamError(_ body: () async throws(StreamError) -> Void) async -> StreamError? {
    do throws(StreamError) {
        try await body()
        return nil
    } catch {
        return error
    }
}

/// How many bytes may still pass; nil for all.
private final class Gate: @unchecked Sendable {
    // Unchecked: used on one loop.
    var limit: Int?
}

private func pump(_ from: SocketStream, _ to: SocketStream, gate: Gate? = nil) async {
    let buffer = IOBuffer(capacity: 4096)
    while let count = try? await from.read(into: buffer, deadline: inFiveSeconds()), count > 0 {
        if let limit = gate?.limit {
            let allowed = Array(buffer.readable.array().prefix(limit))
            buffer.clear()
            buffer.append(allowed)
            _ = try? await to.write(buffer, deadline: inFiveSeconds())
            break
        }
        guard (try? await to.write(buffer, deadline: inFiveSeconds())) != nil else { break }
    }
    await to.shutDownOutput(deadline: inFiveSeconds())
    from.close()
}
