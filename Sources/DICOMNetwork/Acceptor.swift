internal import Bytes
package import Reactor

/// The service class provider's side (SCP): answers C-ECHO, receives C-STORE, one operation at a time.
package enum Acceptor {
    /// How a connection ended in order.
    package enum End: Equatable, Sendable {
        case released
        /// By our own decision.
        case rejected(AssociateReject)
    }

    /// Serves one connection from A-ASSOCIATE-RQ to its end, and closes the stream in any case.
    package static func serve(
        _ stream: any ByteStream, handler: any AssociationHandler,
        timeouts: AssociationTimeouts = AssociationTimeouts(), pduLengthMax: Int = AssociationLimits.pduLengthAnnounced
    ) async throws(AssociationError) -> End {
        let driver = AssociationDriver(
            .acceptor, over: stream, timeouts: timeouts, inputByteCount: AssociationLimits.receiveBufferByteCount)
        try driver.want(.transportAccepted, expecting: .startTimer)
        let pdu = try await driver.receive(.request, by: .after(timeouts.request))
        guard case .associateRequest(let request) = pdu else {
            throw await driver.violated(.unexpectedPDU(pdu.type, driver.state))
        }
        switch await decide(request, handler, driver.peerAddress) {
        case .reject(let reject):
            try driver.want(.rejectDecided, expecting: .sendReject)
            await driver.reject(reject)
            return .rejected(reject)
        case .accept(let support):
            let session = try await accept(driver, request, support, pduLengthMax)
            return try await session.run(handler)
        }
    }

    private static func decide(
        _ request: AssociateRequest, _ handler: any AssociationHandler, _ peer: SocketAddress?
    ) async -> AssociationDecision {
        guard request.applicationContext == WellKnownUID.applicationContext else {
            return .reject(AssociateReject(.permanent, .user(.applicationContextNotSupported)))
        }
        return await handler.decide(request, from: peer)
    }

    private static func accept(
        _ driver: AssociationDriver, _ request: AssociateRequest, _ support: ContextSupport, _ pduLengthMax: Int
    ) async throws(AssociationError) -> AcceptedSession {
        let answers = support.answer(request.contexts)
        let negotiated = NegotiatedAssociation(request: request, answers: answers, peer: request.userInformation)
        guard let pduLengthSent = negotiated.pduLengthSent else {
            throw await driver.violated(.maximumLengthTooSmall(request.userInformation.maximumLength ?? 0))
        }
        let accept = AssociateAccept(
            calledAE: request.calledAE, callingAE: request.callingAE, contexts: answers,
            userInformation: .ours(pduLengthMax: min(pduLengthMax, AssociationLimits.pduLengthAccepted)))
        try driver.want(.acceptDecided, expecting: .sendAccept)
        var writer = ByteWriter(capacity: 2048)
        accept.encode(into: &writer)
        driver.output.append(writer.bytes)
        try await driver.flush(.transfer, within: driver.timeouts.write)
        return AcceptedSession(driver, negotiated, Fragmenter(pduLengthMax: pduLengthSent))
    }
}
