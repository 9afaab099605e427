internal import Bytes
internal import Reactor

/// Carries out what `AssociationMachine` decides, over one stream. Requestor and acceptor are built on it.
///
/// Each function that throws has closed the stream before, and the driver is good for nothing afterwards.
final class AssociationDriver {
    private enum ReadFailure: Error {
        case stream(StreamError)
        case wire(WireError)
    }

    let timeouts: AssociationTimeouts
    /// What is to be sent; empty after `flush`.
    let output: IOBuffer
    /// A response that came before the message was out, found when writing failed.
    private(set) var earlyResponse: DIMSECommand?

    private let stream: any ByteStream
    private let input: IOBuffer
    private var machine: AssociationMachine
    private var decoder = PDUDecoder()
    /// Bytes of the PDU or fragment that was returned last: it may still be looked at.
    private var lookedAt = 0
    private var hasHeard = false
    /// Whether a PDU took more than one read since this was last cleared.
    var hasReadInPieces = false
    private var isOpen = true

    init(
        _ role: AssociationMachine.Role, over stream: any ByteStream, timeouts: AssociationTimeouts,
        inputByteCount: Int, in state: AssociationState = .idle
    ) {
        self.stream = stream
        self.timeouts = timeouts
        machine = AssociationMachine(role, in: state)
        input = IOBuffer(capacity: inputByteCount)
        output = IOBuffer(capacity: 4096)
    }

    deinit {
        if isOpen { stream.close() }
    }

    var state: AssociationState { machine.state }
    var isEstablished: Bool { machine.state == .established }
    var peerAddress: SocketAddress? { stream.peerAddress }

    /// Lends the bytes of a fragment that `receive` has just returned.
    func withBody<T, E: Error>(of fragment: DataFragment, _ use: (RawSpan) throws(E) -> T) throws(E) -> T {
        let input = input
        return try use(input.readable.extracting(fragment.body))
    }

    // MARK: Our own wishes

    /// Tells the machine what our side wants; `.notEstablished` when it is not the time for it.
    func want(_ event: AssociationEvent, expecting action: AssociationAction) throws(AssociationError) {
        guard machine.handle(event) == action else { throw .notEstablished }
    }

    /// Writes what is in `output`. When that fails, what the peer has said meanwhile is the better explanation.
    func flush(_ phase: AssociationPhase, within duration: Duration) async throws(AssociationError) {
        do {
            try await stream.write(output, deadline: .after(duration))
        } catch {
            let lastWords = await self.lastWords(after: error)
            _ = machine.handle(.transportClosed)
            close()
            if let lastWords { throw lastWords }
            if case .timedOut = error { throw .timedOut(phase) }
            throw .stream(error, during: phase)
        }
    }

    func acknowledgeAtOnce(_ isWanted: Bool) {
        if stream.acknowledgesAtOnce != isWanted { stream.acknowledgesAtOnce = isWanted }
    }

    // MARK: What the peer sends

    /// The next PDU, or piece of a P-DATA-TF, that the machine admits in this state.
    func receive(_ phase: AssociationPhase, by deadline: Deadline) async throws(AssociationError) -> PDU {
        while true {
            let pdu: PDU
            do throws(ReadFailure) {
                pdu = try await next(deadline)
            } catch {
                throw await failed(error, phase)
            }
            if try await admit(pdu) { return pdu }
        }
    }

    private func next(_ deadline: Deadline) async throws(ReadFailure) -> PDU {
        while true {
            input.consume(lookedAt)
            lookedAt = 0
            switch try decode() {
            case .pdu(let pdu, let consumed):
                lookedAt = consumed
                hasHeard = true
                return pdu
            case .needMore(let byteCount):
                if input.readableCount > 0 { hasReadInPieces = true }
                input.reserve(max(byteCount, input.capacity) - input.readableCount)
                let count: Int
                do throws(StreamError) {
                    count = try await stream.read(into: input, deadline: deadline)
                } catch {
                    throw .stream(error)
                }
                if count == 0 { throw .stream(.endOfStream) }
            }
        }
    }

    private func decode() throws(ReadFailure) -> PDUDecoder.Output {
        let input = input
        do throws(WireError) { return try decoder.next(input.readable) } catch { throw .wire(error) }
    }

    /// Whether the caller gets to see `pdu`.
    private func admit(_ pdu: PDU) async throws(AssociationError) -> Bool {
        let before = machine.state
        switch machine.handle(AssociationEvent(pdu)) {
        case .indicateAccepted, .indicateRequest, .indicateData, .indicateLateData, .indicateRelease,
            .indicateReleaseCollision, .confirmReleaseInCollision:
            return true
        case .indicateRejected, .confirmReleaseAndClose:
            await closePolitely()
            return true
        case .indicateAbort, .closeTransport, .indicateProviderAbort:
            close()
            if case .abort(let abort) = pdu { throw .aborted(abort) }
            throw .notEstablished
        case .sendProviderReject:
            await reject(AssociateReject(.permanent, .acse(.protocolVersionNotSupported)))
            throw .protocolViolation(.protocolVersionNotSupported)
        case .sendUserAbort, .sendProviderAbort, .repeatAbort:
            await send(Abort(.provider(.unexpectedPDU)), lingering: true)
            throw .protocolViolation(.unexpectedPDU(pdu.type, before))
        case .ignore:
            return false
        case .notApplicable, .openTransport, .sendRequest, .startTimer, .sendAccept, .sendReject, .sendData,
            .sendReleaseRequest, .sendReleaseResponseAndAwaitClose, .stopTimerAfterClose, .sendLateData,
            .sendReleaseResponseInCollision, .stopTimer:
            // Answers to wishes of ours, never to a PDU: the table has them in other rows.
            close()
            throw .protocolViolation(.unexpectedPDU(pdu.type, before))
        }
    }

    private func failed(_ failure: ReadFailure, _ phase: AssociationPhase) async -> AssociationError {
        switch failure {
        case .stream(.timedOut):
            // Sta2 has its own timer, without a word to the peer (AA-2); elsewhere we give up as a service user (AA-1).
            let event: AssociationEvent = machine.state == .awaitingRequest ? .timerExpired : .abortRequested
            if machine.handle(event) == .sendUserAbort { await send(Abort(.user), lingering: false) }
            close()
            return .timedOut(phase)
        case .stream(let error):
            _ = machine.handle(.transportClosed)
            close()
            return .stream(error, during: phase)
        case .wire(let error):
            let input = input
            let firstBytes = input.readable.extracting(first: 16).array()
            _ = machine.handle(.invalidReceived)
            let isForeign = !hasHeard && error.abortReason == .unrecognizedPDU
            await send(Abort(.provider(error.abortReason)), lingering: !isForeign)
            return isForeign ? .notDICOM(firstBytes: firstBytes) : .protocolViolation(.malformed(error))
        }
    }

    /// A-ABORT that the peer sent before the connection broke; an early response is kept in `earlyResponse`.
    private func lastWords(after error: StreamError) async -> AssociationError? {
        if case .closed = error { return nil }
        var reassembler = Reassembler()
        do throws(ReadFailure) {
            while true {
                switch try await next(.after(.milliseconds(100))) {
                case .abort(let abort): return .aborted(abort)
                case .associateReject(let reject): return .rejected(reject)
                case .dataFragment(let fragment) where fragment.isCommand:
                    do throws(WireError) {
                        earlyResponse = try withBody(of: fragment) { body throws(WireError) in
                            try reassembler.append(body, isLast: fragment.isLast)
                        }
                    } catch {
                        return nil
                    }
                    if earlyResponse != nil { return nil }
                case .dataFragment, .associateRequest, .associateAccept, .releaseRequest, .releaseResponse: break
                }
            }
        } catch {
            return nil
        }
    }

    // MARK: The end

    /// The peer broke a rule above the upper layer: A-ABORT, and the error to throw.
    func violated(_ violation: ProtocolViolation) async -> AssociationError {
        if machine.handle(.abortRequested) == .sendUserAbort {
            await send(Abort(.provider(violation.abortReason)), lingering: true)
        }
        close()
        return .protocolViolation(violation)
    }

    /// A-ABORT of the service user.
    func abort() async {
        if machine.handle(.abortRequested) == .sendUserAbort { await send(Abort(.user), lingering: true) }
        close()
    }

    /// A-ASSOCIATE-RJ, in a state that allows it.
    func reject(_ reject: AssociateReject) async {
        var writer = ByteWriter(capacity: 16)
        reject.encode(into: &writer)
        await sendLast(writer.bytes)
        await awaitClose()
    }

    /// Answers the peer's wish for release and waits for it to close.
    func consentToRelease() async throws(AssociationError) {
        try want(.releaseConsented, expecting: .sendReleaseResponseAndAwaitClose)
        await sendLast(Release.response)
        await awaitClose()
    }

    /// Asks for release and waits until it is done, collision included (PS3.8 7.2.2.7):
    ///
    ///     requestor                  acceptor
    ///        | --- A-RELEASE-RQ  \ / --- |      both at once
    ///        | <------------------X----> |
    ///        | --- A-RELEASE-RP -------> |      the requestor consents first (AR-9)
    ///        | <-- A-RELEASE-RP -------- |      then the acceptor (AR-4)
    ///        close
    func release() async throws(AssociationError) {
        try want(.releaseRequested, expecting: .sendReleaseRequest)
        output.clear()
        output.append(Release.request)
        try await flush(.release, within: timeouts.release)
        let deadline = Deadline.after(timeouts.release)
        while true {
            let pdu = try await receive(.release, by: deadline)
            switch machine.state {
            case .idle:
                return
            case .collisionAwaitingLocal:
                try want(.releaseConsented, expecting: .sendReleaseResponseInCollision)
                output.clear()
                output.append(Release.response)
                try await flush(.release, within: timeouts.release)
            case .collisionAwaitingLocalAfterPeer:
                return try await consentToRelease()
            case .awaitingReleaseResponse, .collisionAwaitingPeer, .collisionAwaitingPeerAfterConsent:
                // Data that was under way, or the peer's own request: its answer is still to come.
                continue
            case .awaitingRequest, .awaitingLocalAnswer, .awaitingTransport, .awaitingAnswer, .established,
                .awaitingLocalRelease, .awaitingClose:
                throw await violated(.unexpectedPDU(pdu.type, machine.state))
            }
        }
    }

    private func send(_ abort: Abort, lingering: Bool) async {
        var writer = ByteWriter(capacity: 16)
        abort.encode(into: &writer)
        await sendLast(writer.bytes)
        guard lingering, isOpen else { return close() }
        await stream.shutDownOutput(deadline: .after(timeouts.close))
        await awaitClose()
    }

    /// Writes the last bytes; where that fails the connection is simply over.
    private func sendLast(_ bytes: [UInt8]) async {
        guard isOpen else { return }
        output.clear()
        output.append(bytes)
        do throws(StreamError) {
            try await stream.write(output, deadline: .after(timeouts.close))
        } catch {
            close()
        }
    }

    /// Sta13: throws away what still comes until the peer closes, or the timer runs out. Closing with unread input
    /// would make the kernel send a reset, which can overtake our last PDU.
    private func awaitClose() async {
        let deadline = Deadline.after(timeouts.close)
        while isOpen {
            input.clear()
            lookedAt = 0
            do throws(StreamError) {
                if try await stream.read(into: input, deadline: deadline) == 0 {
                    _ = machine.handle(.transportClosed)
                    close()
                } else if deadline.isPast {
                    _ = machine.handle(.timerExpired)
                    close()
                }
            } catch {
                _ = machine.handle(.timerExpired)
                close()
            }
        }
    }

    private func closePolitely() async {
        if isOpen { await stream.shutDownOutput(deadline: .after(timeouts.close)) }
        close()
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        stream.close()
    }
}
