internal import Bytes
package import Reactor

/// An association that we asked for: the service class user's side (SCU).
///
/// It belongs to one task on one loop, and owns its stream: end it with `release` or `abort`. After any error it is
/// over.
package final class Association {
    /// What was agreed on, and what the peer says about itself.
    package let negotiated: NegotiatedAssociation

    private let driver: AssociationDriver
    private let fragmenter: Fragmenter
    private var reassembler = Reassembler()
    private var lastMessageID: UInt16 = 0
    private var acknowledgement = AcknowledgementPolicy()

    private init(_ driver: AssociationDriver, _ negotiated: NegotiatedAssociation, pduLengthMax: Int) {
        self.driver = driver
        self.negotiated = negotiated
        fragmenter = Fragmenter(pduLengthMax: pduLengthMax)
    }

    /// Proposes an association over a connected stream, which is closed when this throws.
    package static func request(
        over stream: any ByteStream, _ parameters: AssociationParameters,
        timeouts: AssociationTimeouts = AssociationTimeouts()
    ) async throws(AssociationError) -> Association {
        let driver = AssociationDriver(
            .requestor, over: stream, timeouts: timeouts, inputByteCount: AssociationLimits.responseBufferByteCount)
        let request = try parameters.request()
        try driver.want(.associateRequested, expecting: .openTransport)
        try driver.want(.transportOpened, expecting: .sendRequest)
        driver.acknowledgeAtOnce(true)
        var writer = ByteWriter(capacity: 2048)
        request.encode(into: &writer)
        driver.output.append(writer.bytes)
        try await driver.flush(.associate, within: timeouts.associate)
        let pdu = try await driver.receive(.associate, by: .after(timeouts.associate))
        switch pdu {
        case .associateAccept(let accept):
            return try await finish(driver, request, accept)
        case .associateReject(let reject):
            throw .rejected(reject)
        case .associateRequest, .dataFragment, .releaseRequest, .releaseResponse, .abort:
            throw await driver.violated(.unexpectedPDU(pdu.type, driver.state))
        }
    }

    private static func finish(
        _ driver: AssociationDriver, _ request: AssociateRequest, _ accept: AssociateAccept
    ) async throws(AssociationError) -> Association {
        let negotiated = NegotiatedAssociation(
            request: request, answers: accept.contexts, peer: accept.userInformation)
        guard let pduLengthMax = negotiated.pduLengthSent else {
            throw await driver.violated(.maximumLengthTooSmall(accept.userInformation.maximumLength ?? 0))
        }
        guard !negotiated.accepted.isEmpty else {
            do { try await driver.release() } catch { driver.close() }
            throw .noAcceptedContext(negotiated.refused)
        }
        return Association(driver, negotiated, pduLengthMax: pduLengthMax)
    }

    /// Whether messages can be sent.
    package var isUsable: Bool { driver.isEstablished }

    /// The accepted context for a kind of object in one encoding.
    package func context(for abstractSyntax: String, _ transferSyntax: String) -> AcceptedContext? {
        negotiated.accepted.first { $0.abstractSyntax == abstractSyntax && $0.transferSyntax == transferSyntax }
    }

    /// All accepted contexts for a kind of object.
    package func contexts(for abstractSyntax: String) -> [AcceptedContext] {
        negotiated.accepted.filter { $0.abstractSyntax == abstractSyntax }
    }

    /// C-ECHO, PS3.7 9.1.5: whether the peer answers at all, and how.
    package func echo() async throws(AssociationError) -> DIMSEStatus {
        guard let context = contexts(for: WellKnownUID.verification).first else {
            throw .noAcceptedContext(negotiated.refused)
        }
        let id = try begin()
        fragmenter.append(.echoRequest(messageID: id), contextID: context.id, to: driver.output)
        try await driver.flush(.transfer, within: driver.timeouts.write)
        guard case .echoResponse(let respondedTo, let status) = try await response() else {
            throw await driver.violated(.unexpectedCommand)
        }
        try await check(respondedTo, id)
        return status
    }

    /// C-STORE, PS3.7 9.1.1: sends one object while it is read, and gives the peer's answer.
    ///
    /// A failure status is an answer, not an error. An error means that the outcome at the peer is unknown. When the
    /// peer answered before it had everything and then hung up, that answer is returned, and `isUsable` is false.
    ///
    ///     source.read               the one output buffer                         one write
    ///                +--------+---------+--------+------------------------+
    ///     (pread) -> | header | command | header | data, up to peer's max | -> stream.write, first time
    ///                +--------+---------+--------+------------------------+
    ///                | header | data                                      | -> stream.write, and so on
    ///                +--------+-------------------------------------------+
    ///                | header | data | header | data | header | data ...  |    when the peer's PDUs are small
    ///                +----------------------------------------------------+
    ///
    /// The source fills the buffer where the data belongs; headers are completed when the length is known. A small
    /// object is one write in all.
    package func store(
        _ object: OutgoingObject, from source: any DataSource
    ) async throws(AssociationError) -> StoreResponse {
        guard negotiated.context(id: object.context.id) == object.context else {
            throw .invalidParameters("context \(object.context.id) is not one of this association")
        }
        let id = try begin()
        var request = StoreRequest(
            sopClassUID: object.sopClassUID, sopInstanceUID: object.sopInstanceUID, messageID: id)
        request.priority = object.priority
        fragmenter.append(.storeRequest(request), contextID: object.context.id, to: driver.output)
        do throws(AssociationError) {
            var progress = DataSourceProgress.more
            while progress == .more {
                repeat {
                    progress = try await appendData(object.context.id, from: source)
                } while progress == .more && fragmenter.hasRoom(in: driver.output)
                try await driver.flush(.transfer, within: driver.timeouts.write)
            }
        } catch {
            if case .storeResponse(let early)? = driver.earlyResponse, early.messageID == id { return early }
            throw error
        }
        let start = Deadline.now
        driver.hasReadInPieces = false
        guard case .storeResponse(let response) = try await response() else {
            throw await driver.violated(.unexpectedCommand)
        }
        try await check(response.messageID, id)
        acknowledgement.responded(
            inPieces: driver.hasReadInPieces, afterNanoseconds: Deadline.now.nanoseconds - start.nanoseconds)
        driver.acknowledgeAtOnce(acknowledgement.isAtOnce)
        return response
    }

    /// A-RELEASE: the orderly end. The stream is closed, whether it throws or not.
    package func release() async throws(AssociationError) { try await driver.release() }

    /// A-ABORT: the end at once.
    package func abort() async { await driver.abort() }

    /// Makes ready for the next message and gives its identifier.
    private func begin() throws(AssociationError) -> UInt16 {
        try driver.want(.dataRequested, expecting: .sendData)
        driver.output.clear()
        lastMessageID = lastMessageID == .max ? 1 : lastMessageID + 1
        return lastMessageID
    }

    /// Appends one P-DATA-TF, as full as the source can make it.
    private func appendData(
        _ contextID: UInt8, from source: any DataSource
    ) async throws(AssociationError) -> DataSourceProgress {
        let output = driver.output
        let header = DataTransferHeader.begin(in: output, contextID: contextID, isCommand: false)
        var room = fragmenter.fragmentByteCountMax
        var progress = DataSourceProgress.more
        output.reserve(room)
        while room > 0, progress == .more {
            let before = output.readableCount
            do throws(DataSourceError) {
                progress = try await source.read(into: output, maximum: room)
                let count = output.readableCount - before
                guard count <= room, count > 0 || progress == .end else {
                    throw DataSourceError("a source gave \(count) bytes where 1 to \(room) were wanted")
                }
                room -= count
            } catch {
                await driver.abort()
                throw .source(error)
            }
        }
        DataTransferHeader.complete(in: output, at: header, isLast: progress == .end)
        return progress
    }

    private func response() async throws(AssociationError) -> DIMSECommand {
        let deadline = Deadline.after(driver.timeouts.response)
        while true {
            let pdu = try await driver.receive(.response, by: deadline)
            switch pdu {
            case .dataFragment(let fragment):
                guard fragment.isCommand else { throw await driver.violated(.dataSetWithoutCommand) }
                do throws(WireError) {
                    let command = try driver.withBody(of: fragment) { body throws(WireError) in
                        try reassembler.append(body, isLast: fragment.isLast)
                    }
                    if let command { return command }
                } catch {
                    throw await driver.violated(.malformed(error))
                }
            case .releaseRequest:
                try await driver.consentToRelease()
                throw .releasedByPeer
            case .associateRequest, .associateAccept, .associateReject, .releaseResponse, .abort:
                throw await driver.violated(.unexpectedPDU(pdu.type, driver.state))
            }
        }
    }

    private func check(_ received: UInt16, _ expected: UInt16) async throws(AssociationError) {
        guard received == expected else {
            throw await driver.violated(.messageIDMismatch(expected: expected, received: received))
        }
    }
}

/// What a C-STORE needs to know about an object besides its bytes.
package struct OutgoingObject: Sendable {
    /// Must be one of the association's own.
    package var context: AcceptedContext
    package var sopClassUID: String
    package var sopInstanceUID: String
    package var priority = StoreRequest.Priority.medium

    package init(context: AcceptedContext, sopClassUID: String, sopInstanceUID: String) {
        self.context = context
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
    }
}
