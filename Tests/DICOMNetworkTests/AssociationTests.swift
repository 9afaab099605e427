import Bytes
import DICOMNetwork
import Reactor
import TestSupport
import Testing

/// Requestor and acceptor against each other.
@Suite(.timeLimit(.minutes(1))) struct AssociationTests {
    /// Runs `body` as the requestor of an association; gives what the acceptor came to.
    private func associate(
        _ loop: EventLoop, pduLengthMax: Int = AssociationLimits.pduLengthAnnounced,
        accepting configure: @escaping @Sendable (RecordingHandler) -> Void = { _ in },
        _ body: (Association) async throws -> Void
    ) async throws -> Served {
        let pair = try await StreamPair(on: loop)
        let server = serve(pair.server, on: loop, pduLengthMax: pduLengthMax, configure)
        let association = try await Association.request(over: pair.client, .storage)
        try await body(association)
        return try await server.value
    }

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

    @Test func echo() async throws {
        try await onLoop { loop in
            let served = try await associate(loop) { association in
                #expect(try await association.echo() == .success)
                #expect(association.negotiated.peer.implementationVersionName == "CAUSEWAY_1")
                #expect(association.negotiated.peer.maximumLength == 131072)
                try await association.release()
                #expect(!association.isUsable)
            }
            #expect(served.end == .success(.released))
            #expect(served.requests.map(\.callingAE) == ["SCU"])
        }
    }

    /// Sizes around the limits of a PDU and of a batch, announced maxima from the least to the largest.
    @Test(arguments: [8, 20, 16384, 131072], [2, 14, 16378, 131066, 300_000])
    func objectsArriveAsTheyWereSent(_ pduLengthMax: Int, _ byteCount: Int) async throws {
        let object = pattern(byteCount)
        try await onLoop { loop in
            let served = try await associate(loop, pduLengthMax: pduLengthMax) { association in
                let context = try #require(association.context(for: ultrasound, explicitLittle))
                for i in 1...2 {
                    let outgoing = OutgoingObject(context: context, sopClassUID: ultrasound, sopInstanceUID: "1.2.\(i)")
                    let source: any DataSource = i == 1 ? BytesSource(object) : SlowSource(object, step: 1000)
                    let response = try await association.store(outgoing, from: source)
                    #expect(response.status == .success)
                    #expect(response.sopInstanceUID == "1.2.\(i)")
                }
                try await association.release()
            }
            #expect(served.end == .success(.released))
            #expect(served.objects.map { $0 == object } == [true, true])
            #expect(served.stores.map(\.request.sopInstanceUID) == ["1.2.1", "1.2.2"])
            #expect(served.stores.first?.context.transferSyntax == explicitLittle)
        }
    }

    @Test func statusAndCommentOfTheReceiverReachTheSender() async throws {
        try await onLoop { loop in
            let answer = StoreAnswer(.coercionOfDataElements, comment: "Patient ID changed")
            _ = try await associate(loop, accepting: { $0.answer = answer }) { association in
                let response = try await store(association, [1, 2])
                #expect(response.status.classification == .warning)
                #expect(response.errorComment == "Patient ID changed")
                try await association.release()
            }
        }
    }

    @Test func refusedObjectIsReadToItsEndAndAnswered() async throws {
        let object = pattern(200_000)
        try await onLoop { loop in
            let refusal = StoreAnswer(.outOfResources)
            let served = try await associate(loop, accepting: { $0.refusal = refusal }) { association in
                #expect(try await store(association, object).status == .outOfResources)
                #expect(try await association.echo() == .success)
                try await association.release()
            }
            #expect(served.end == .success(.released))
            #expect(served.objects.isEmpty)
        }
    }

    private func store(_ association: Association, _ bytes: [UInt8]) async throws -> StoreResponse {
        let context = try #require(association.context(for: ultrasound, explicitLittle))
        let outgoing = OutgoingObject(context: context, sopClassUID: ultrasound, sopInstanceUID: "1.2.3")
        return try await association.store(outgoing, from: BytesSource(bytes))
    }

    @Test func sourceThatFailsAbortsAndTheSinkIsAbandoned() async throws {
        let object = pattern(300_000)
        try await onLoop { loop in
            let served = try await associate(loop) { association in
                let context = try #require(association.context(for: ultrasound, explicitLittle))
                let outgoing = OutgoingObject(context: context, sopClassUID: ultrasound, sopInstanceUID: "1.2.3")
                await #expect(throws: AssociationError.source(DataSourceError("disk on fire"))) {
                    try await association.store(outgoing, from: SlowSource(object, step: 5000, failsAt: 200_000))
                }
                #expect(!association.isUsable)
                await #expect(throws: AssociationError.notEstablished) { try await association.echo() }
            }
            #expect(served.end == .failure(.aborted(Abort(.user))))
            #expect(served.abandoned == [true])
            #expect(served.finished == [false])
        }
    }

    @Test func abortReachesTheAcceptor() async throws {
        try await onLoop { loop in
            let served = try await associate(loop) { await $0.abort() }
            #expect(served.end == .failure(.aborted(Abort(.user))))
        }
    }

    @Test func rejectionCarriesItsReason() async throws {
        try await onLoop { loop in
            let reject = AssociateReject(.transient, .presentation(.localLimitExceeded))
            await #expect(throws: AssociationError.rejected(reject)) {
                _ = try await associate(loop, accepting: { $0.rejection = reject }) { _ in }
            }
        }
    }

    @Test func nothingAcceptedIsAnErrorWithReasons() async throws {
        try await onLoop { loop in
            let support = ContextSupport(transferSyntaxes: [explicitLittle]) { $0 == "9.9" }
            do {
                _ = try await associate(loop, accepting: { $0.support = support }) { _ in }
                Issue.record("associated")
            } catch AssociationError.noAcceptedContext(let refused) {
                #expect(refused.map(\.reason) == [.abstractSyntaxNotSupported, .abstractSyntaxNotSupported])
            }
        }
    }

    @Test(arguments: ["", "                ", "SEVENTEEN LETTERS", "BACK\\SLASH", "NÄHE"])
    func badTitlesAreRefusedBeforeAnythingIsSent(_ title: String) async throws {
        try await onLoop { loop in
            let pair = try await StreamPair(on: loop)
            let parameters = AssociationParameters(callingAE: title, calledAE: "SCP")
            do {
                _ = try await Association.request(over: pair.client, parameters)
                Issue.record("associated")
            } catch AssociationError.invalidParameters(_) {
            }
            pair.server.refuse()
        }
    }
}
