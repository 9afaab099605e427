import Bytes
import DICOMNetwork
import Reactor
import TestSupport
import Testing

/// Peers of the requestor that hang, cut the line or talk nonsense, in each phase.
@Suite(.timeLimit(.minutes(1))) struct RequestorFailureTests {
    private static let accept = encoded { writer in
        AssociateAccept(
            calledAE: "SCP", callingAE: "SCU",
            contexts: [
                ContextResult(id: 1, reason: .accepted, transferSyntax: WellKnownUID.implicitVRLittleEndian),
                ContextResult(id: 3, reason: .accepted, transferSyntax: explicitLittle),
            ]
        ).encode(into: &writer)
    }
    private static let requestByteCount = encoded { writer in
        AssociateRequest(
            calledAE: "SCP", callingAE: "SCU",
            contexts: [
                ProposedContext(
                    id: 1, abstractSyntax: WellKnownUID.verification,
                    transferSyntaxes: [WellKnownUID.implicitVRLittleEndian]),
                ProposedContext(id: 3, abstractSyntax: ultrasound, transferSyntaxes: [explicitLittle]),
            ]
        ).encode(into: &writer)
    }.count
    private static let echoByteCount = pdv(1, .echoRequest(messageID: 1)).count

    /// Runs `body` against a scripted acceptor: the error, and what the script heard.
    private func run(
        _ steps: [Step], timeouts: AssociationTimeouts = .brief,
        _ body: @escaping @Sendable (Association) async throws -> Void
    ) async throws -> (error: AssociationError?, heard: [UInt8]) {
        try await onLoop { loop in
            let pair = try await StreamPair(on: loop)
            let script = play([.expect(Self.requestByteCount)] + steps, on: pair.server, loop)
            var failure: AssociationError?
            do {
                let association = try await Association.request(over: pair.client, .storage, timeouts: timeouts)
                try await body(association)
            } catch let error as AssociationError {
                failure = error
            }
            let heard = try await script.value
            return (failure, Array(heard.dropFirst(Self.requestByteCount)))
        }
    }

    private func echo(after steps: [Step]) async throws -> (error: AssociationError?, heard: [UInt8]) {
        try await run([.send(Self.accept), .expect(Self.echoByteCount)] + steps) { _ = try await $0.echo() }
    }

    private let userAbort: [UInt8] = [7, 0, 0, 0, 0, 4, 0, 0, 0, 0]

    @Test func hangingBeforeTheAnswer() async throws {
        let outcome = try await run([.untilClosed]) { _ in }
        #expect(outcome.error == .timedOut(.associate))
        #expect(outcome.heard == userAbort)
    }

    @Test func cuttingBeforeTheAnswer() async throws {
        #expect(try await run([]) { _ in }.error == .stream(.endOfStream, during: .associate))
    }

    @Test func cuttingInsideTheAnswer() async throws {
        let outcome = try await run([.send(Array(Self.accept.dropLast(3)))]) { _ in }
        #expect(outcome.error == .stream(.endOfStream, during: .associate))
    }

    @Test func webServer() async throws {
        let outcome = try await run([.send(Array("HTTP/1.1 400 Bad Request\r\n".utf8)), .untilClosed]) { _ in }
        #expect(outcome.error == .notDICOM(firstBytes: Array("HTTP/1.1 400 Bad".utf8)))
        #expect(outcome.error?.description == "the peer speaks HTTP, not DICOM")
    }

    @Test func serverThatWantsTLS() async throws {
        let outcome = try await run([.send([0x15, 3, 1, 0, 2, 2, 0x46]), .untilClosed]) { _ in }
        #expect(outcome.error == .notDICOM(firstBytes: [0x15, 3, 1, 0, 2, 2, 0x46]))
        #expect(ForeignProtocol(firstBytes: [0x15, 3, 1, 0, 2]) == .tls)
    }

    @Test func wrongPDUInsteadOfTheAnswer() async throws {
        let outcome = try await run([.send(Golden.releaseResponse), .untilClosed]) { _ in }
        #expect(outcome.error == .protocolViolation(.unexpectedPDU(.releaseResponse, .awaitingAnswer)))
        #expect(outcome.heard == [7, 0, 0, 0, 0, 4, 0, 0, 2, 2])
    }

    @Test func maximumLengthThatLeavesNoRoom() async throws {
        let context = ContextResult(id: 1, reason: .accepted, transferSyntax: WellKnownUID.implicitVRLittleEndian)
        let accept = encoded { writer in
            AssociateAccept(
                calledAE: "", callingAE: "", contexts: [context],
                userInformation: .ours(pduLengthMax: 7)
            ).encode(into: &writer)
        }
        let outcome = try await run([.send(accept), .untilClosed]) { _ in }
        #expect(outcome.error == .protocolViolation(.maximumLengthTooSmall(7)))
    }

    @Test func hangingBeforeTheResponse() async throws {
        let outcome = try await echo(after: [.untilClosed])
        #expect(outcome.error == .timedOut(.response))
        #expect(outcome.heard.suffix(10) == userAbort[...])
    }

    @Test func cuttingBeforeTheResponse() async throws {
        #expect(try await echo(after: []).error == .stream(.endOfStream, during: .response))
    }

    @Test func abortInsteadOfTheResponse() async throws {
        let outcome = try await echo(after: [.send(Golden.abort), .untilClosed])
        #expect(outcome.error == .aborted(Abort(.provider(.unrecognizedParameter))))
    }

    @Test func releaseInsteadOfTheResponse() async throws {
        let outcome = try await echo(after: [.send(Golden.releaseRequest), .untilClosed])
        #expect(outcome.error == .releasedByPeer)
        #expect(outcome.heard.suffix(10) == Golden.releaseResponse[...])
    }

    @Test func responseToAnotherMessage() async throws {
        let response = pdv(1, .echoResponse(messageID: 2, status: .success))
        let outcome = try await echo(after: [.send(response), .untilClosed])
        #expect(outcome.error == .protocolViolation(.messageIDMismatch(expected: 1, received: 2)))
    }

    @Test func responseOfAnotherService() async throws {
        let response = pdv(1, .storeResponse(StoreResponse(messageID: 1, status: .success)))
        let outcome = try await echo(after: [.send(response), .untilClosed])
        #expect(outcome.error == .protocolViolation(.unexpectedCommand))
    }

    @Test func responseThatIsNoCommandSet() async throws {
        let outcome = try await echo(after: [.send(pdv(1, control: 3, [1, 2, 3, 4])), .untilClosed])
        guard case .protocolViolation(.malformed) = outcome.error else {
            Issue.record("\(String(describing: outcome.error))")
            return
        }
    }

    @Test func responseInManyPieces() async throws {
        let command = encoded { DIMSECommand.echoResponse(messageID: 1, status: .success).encode(into: &$0) }
        var steps = command.dropLast().map { Step.send(pdv(1, control: 1, [$0])) }
        steps.append(.send(pdv(1, control: 3, command.suffix(1))))
        #expect(try await echo(after: steps).error == nil)
    }

    @Test func hangingInsteadOfReleasing() async throws {
        let outcome = try await run([.send(Self.accept), .untilClosed]) { try await $0.release() }
        #expect(outcome.error == .timedOut(.release))
    }

    /// Both sides ask for release at once: as requestor we consent first.
    @Test func releaseCollision() async throws {
        let outcome = try await run([
            .send(Self.accept), .expect(10), .send(Golden.releaseRequest), .expect(10), .send(Golden.releaseResponse),
            .untilClosed,
        ]) { try await $0.release() }
        #expect(outcome.error == nil)
        #expect(outcome.heard == Golden.releaseRequest + Golden.releaseResponse)
    }

    /// Data that was under way when release was asked for is read and forgotten.
    @Test func lateDataDuringRelease() async throws {
        let late = pdv(1, .echoResponse(messageID: 9, status: .success))
        let outcome = try await run([
            .send(Self.accept), .expect(10), .send(late + Golden.releaseResponse), .untilClosed,
        ]) { try await $0.release() }
        #expect(outcome.error == nil)
    }

    // MARK: While a large object is sent

    private func storeLarge(_ association: Association) async throws -> StoreResponse {
        let context = AcceptedContext(id: 3, abstractSyntax: ultrasound, transferSyntax: explicitLittle)
        let object = OutgoingObject(context: context, sopClassUID: ultrasound, sopInstanceUID: "1.2.3")
        return try await association.store(object, from: BytesSource([UInt8](repeating: 7, count: 30_000_000)))
    }

    @Test func peerThatStopsReading() async throws {
        let done = Recorder<String>()
        let outcome = try await run([.send(Self.accept), .waitFor(done)]) { association in
            defer { done.note("stored") }
            _ = try await storeLarge(association)
        }
        #expect(outcome.error == .timedOut(.transfer))
    }

    @Test func abortDuringAStoreIsReported() async throws {
        var timeouts = AssociationTimeouts.brief
        timeouts.write = .seconds(5)
        let steps: [Step] = [.send(Self.accept), .expect(1000), .send(Golden.abort)]
        let outcome = try await run(steps, timeouts: timeouts) { _ = try await storeLarge($0) }
        #expect(outcome.error == .aborted(Abort(.provider(.unrecognizedParameter))))
    }

    @Test func responseDuringAStoreIsTheAnswer() async throws {
        var timeouts = AssociationTimeouts.brief
        timeouts.write = .seconds(5)
        let response = pdv(3, .storeResponse(StoreResponse(messageID: 1, status: .outOfResources)))
        let steps: [Step] = [.send(Self.accept), .expect(1000), .send(response)]
        let outcome = try await run(steps, timeouts: timeouts) { association in
            let answer = try await storeLarge(association)
            #expect(answer.status == .outOfResources)
            #expect(!association.isUsable)
        }
        #expect(outcome.error == nil)
    }
}
