import Bytes
import DICOMNetwork
import Reactor
import TestSupport
import Testing

/// Peers of the acceptor that hang, cut the line or talk nonsense, in each phase.
@Suite(.timeLimit(.minutes(1))) struct AcceptorFailureTests {
    private static func request(
        version: UInt16 = 1, applicationContext: String = WellKnownUID.applicationContext
    ) -> [UInt8] {
        var request = AssociateRequest(
            calledAE: "SCP", callingAE: "SCU",
            contexts: [
                ProposedContext(
                    id: 1, abstractSyntax: WellKnownUID.verification,
                    transferSyntaxes: [WellKnownUID.implicitVRLittleEndian]),
                ProposedContext(id: 3, abstractSyntax: ultrasound, transferSyntaxes: [explicitLittle]),
            ])
        request.protocolVersion = version
        request.applicationContext = applicationContext
        return encoded { request.encode(into: &$0) }
    }

    private static let store = pdv(
        3, .storeRequest(StoreRequest(sopClassUID: ultrasound, sopInstanceUID: "1.2.3", messageID: 5)))

    /// Plays the steps against an acceptor: what that came to, and what the script heard.
    private func run(_ steps: [Step]) async throws -> (served: Served, heard: [UInt8]) {
        try await onLoop { loop in
            let pair = try await StreamPair(on: loop)
            let server = serve(pair.server, on: loop, timeouts: .brief)
            let heard = await play(steps, on: pair.client, loop)
            return (try await server.value, heard)
        }
    }

    private func failure(_ steps: [Step]) async throws -> AssociationError? {
        guard case .failure(let error) = try await run(steps).served.end else { return nil }
        return error
    }

    @Test func silentVisitor() async throws {
        let outcome = try await run([.untilClosed])
        #expect(outcome.served.end == .failure(.timedOut(.request)))
        #expect(outcome.heard == [])
    }

    @Test func portScan() async throws {
        #expect(try await failure([]) == .stream(.endOfStream, during: .request))
    }

    @Test func tlsClient() async throws {
        let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC]
        #expect(try await failure([.send(hello), .untilClosed]) == .notDICOM(firstBytes: hello))
    }

    @Test func dataBeforeTheRequest() async throws {
        let outcome = try await run([.send(Self.store), .untilClosed])
        #expect(outcome.served.end == .failure(.protocolViolation(.unexpectedPDU(.dataTransfer, .awaitingRequest))))
        #expect(outcome.heard == [7, 0, 0, 0, 0, 4, 0, 0, 2, 2])
    }

    @Test func otherProtocolVersion() async throws {
        let outcome = try await run([.send(Self.request(version: 2)), .untilClosed])
        #expect(outcome.served.end == .failure(.protocolViolation(.protocolVersionNotSupported)))
        #expect(outcome.heard == [3, 0, 0, 0, 0, 4, 0, 1, 2, 2])
    }

    @Test func otherApplicationContext() async throws {
        let outcome = try await run([.send(Self.request(applicationContext: "1.2.3")), .untilClosed])
        let reject = AssociateReject(.permanent, .user(.applicationContextNotSupported))
        #expect(outcome.served.end == .success(.rejected(reject)))
        #expect(outcome.heard == [3, 0, 0, 0, 0, 4, 0, 1, 1, 2])
    }

    @Test func hangingBetweenMessages() async throws {
        #expect(try await failure([.send(Self.request()), .untilClosed]) == .timedOut(.idle))
    }

    @Test func hangingInsideACommand() async throws {
        let half = pdv(3, control: 1, [0, 0, 0, 1])
        #expect(try await failure([.send(Self.request() + half), .untilClosed]) == .timedOut(.message))
    }

    @Test func hangingInsideADataSet() async throws {
        let outcome = try await run([.send(Self.request() + Self.store + pdv(3, control: 0, [1, 2])), .untilClosed])
        #expect(outcome.served.end == .failure(.timedOut(.message)))
        #expect(outcome.served.abandoned == [true])
        #expect(outcome.served.objects == [[1, 2]])
    }

    @Test func cuttingInsideADataSet() async throws {
        let outcome = try await run([.send(Self.request() + Self.store + pdv(3, control: 0, [1, 2]).dropLast())])
        // The script closes with our answer unread, which the kernel turns into a reset.
        guard case .failure(.stream(_, during: .message)) = outcome.served.end else {
            Issue.record("\(outcome.served.end)")
            return
        }
        #expect(outcome.served.abandoned == [true])
        #expect(outcome.served.finished == [false])
    }

    @Test(arguments: [
        (pdv(5, control: 3, [0, 0]), ProtocolViolation.contextNotAccepted(5)),
        (pdv(3, control: 2, [0, 0]), .dataSetWithoutCommand),
        (store + pdv(1, control: 2, [0, 0]), .dataSetWithoutCommand),
        (store + pdv(3, control: 0, [0, 0]) + store, .commandInsideMessage),
        (pdv(1, .echoResponse(messageID: 1, status: .success)), .unexpectedCommand),
    ])
    func rulesOfMessages(_ bytes: [UInt8], _ violation: ProtocolViolation) async throws {
        let outcome = try await run([.send(Self.request() + bytes), .untilClosed])
        #expect(outcome.served.end == .failure(.protocolViolation(violation)))
        #expect(outcome.heard.suffix(10).first == 7)
    }

    @Test func serviceThatWeDoNotSpeak() async throws {
        // C-FIND-RQ, message 9, with a data set.
        let find = pdv(
            1, control: 3,
            golden(
                """
                00 00 00 01 02 00 00 00 20 00
                00 00 10 01 02 00 00 00 09 00
                00 00 00 08 02 00 00 00 01 00
                """))
        let outcome = try await run([
            .send(Self.request() + find + pdv(1, control: 2, [1, 2]) + Golden.releaseRequest), .untilClosed,
        ])
        #expect(outcome.served.end == .success(.released))
        let answer = golden(
            """
            00 00 00 01 02 00 00 00 20 80   ; C-FIND-RSP
            00 00 20 01 02 00 00 00 09 00
            00 00 00 08 02 00 00 00 01 01
            00 00 00 09 02 00 00 00 11 02   ; 0211H
            """)
        #expect(Array(outcome.heard.dropLast(10).suffix(answer.count)) == answer)
    }

    /// Everything in one write, the empty last fragment included; answers come in order.
    @Test func messagesThatArriveAtOnce() async throws {
        let message = Self.store + pdv(3, control: 0, [1, 2, 3, 4]) + pdv(3, control: 2, [])
        let outcome = try await run([
            .send(Self.request() + message + message + Golden.releaseRequest), .untilClosed,
        ])
        #expect(outcome.served.end == .success(.released))
        #expect(outcome.served.objects == [[1, 2, 3, 4], [1, 2, 3, 4]])
        #expect(outcome.served.finished == [true, true])
        #expect(outcome.heard.suffix(10) == Golden.releaseResponse[...])
    }
}
