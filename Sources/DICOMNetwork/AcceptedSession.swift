internal import Bytes
internal import Reactor

/// The messages of an association that we accepted.
final class AcceptedSession {
    /// A message of which the data set is still coming.
    private struct Incoming {
        let command: DIMSECommand
        let contextID: UInt8
        /// Nil when the data is thrown away.
        let sink: (any StorageSink)?
        let refusal: StoreAnswer
    }

    private let driver: AssociationDriver
    private let negotiated: NegotiatedAssociation
    private let fragmenter: Fragmenter
    private var reassembler = Reassembler()
    private var incoming: Incoming?
    private var messageEnd = Deadline.never

    init(_ driver: AssociationDriver, _ negotiated: NegotiatedAssociation, _ fragmenter: Fragmenter) {
        self.driver = driver
        self.negotiated = negotiated
        self.fragmenter = fragmenter
    }

    func run(_ handler: any AssociationHandler) async throws(AssociationError) -> Acceptor.End {
        defer { incoming?.sink?.abandon() }
        while true {
            let isInside = incoming != nil || reassembler.isInside
            let pdu = try await driver.receive(isInside ? .message : .idle, by: deadline(isInside))
            switch pdu {
            case .dataFragment(let fragment):
                try await take(fragment, handler)
            case .releaseRequest:
                try await driver.consentToRelease()
                return .released
            case .associateRequest, .associateAccept, .associateReject, .releaseResponse, .abort:
                throw await driver.violated(.unexpectedPDU(pdu.type, driver.state))
            }
        }
    }

    private func deadline(_ isInside: Bool) -> Deadline {
        guard isInside else { return .after(driver.timeouts.idle) }
        return min(.after(driver.timeouts.inactivity), messageEnd)
    }

    private func take(_ fragment: DataFragment, _ handler: any AssociationHandler) async throws(AssociationError) {
        guard fragment.isCommand else { return try await takeData(fragment) }
        guard incoming == nil else { throw await driver.violated(.commandInsideMessage) }
        guard let context = negotiated.context(id: fragment.contextID) else {
            throw await driver.violated(.contextNotAccepted(fragment.contextID))
        }
        if !reassembler.isInside { messageEnd = .after(driver.timeouts.message) }
        let command: DIMSECommand?
        do throws(WireError) {
            command = try driver.withBody(of: fragment) { body throws(WireError) in
                try reassembler.append(body, isLast: fragment.isLast)
            }
        } catch {
            throw await driver.violated(.malformed(error))
        }
        if let command { try await begin(command, context, handler) }
    }

    private func begin(
        _ command: DIMSECommand, _ context: AcceptedContext, _ handler: any AssociationHandler
    ) async throws(AssociationError) {
        switch command {
        case .echoRequest(let messageID):
            try await respond(.echoResponse(messageID: messageID, status: .success), context.id)
        case .storeRequest(let request):
            let store = IncomingStore(request: request, context: context, association: negotiated)
            switch await handler.beginStore(store) {
            case .receive(let sink): expect(command, context, sink, .success)
            case .refuse(let answer): expect(command, context, nil, answer)
            }
        case .other(let request) where !request.isResponse:
            if request.hasDataSet {
                expect(command, context, nil, StoreAnswer(.unrecognizedOperation))
            } else if !request.isCancel {
                try await respond(.other(request.response(.unrecognizedOperation)), context.id)
            }
        case .echoResponse, .storeResponse, .other:
            throw await driver.violated(.unexpectedCommand)
        }
    }

    private func expect(
        _ command: DIMSECommand, _ context: AcceptedContext, _ sink: (any StorageSink)?, _ refusal: StoreAnswer
    ) {
        incoming = Incoming(command: command, contextID: context.id, sink: sink, refusal: refusal)
    }

    private func takeData(_ fragment: DataFragment) async throws(AssociationError) {
        guard let message = incoming, message.contextID == fragment.contextID else {
            throw await driver.violated(.dataSetWithoutCommand)
        }
        if let sink = message.sink, !fragment.body.isEmpty {
            driver.withBody(of: fragment) { sink.write($0) }
            await sink.drain()
        }
        guard fragment.isLast else { return }
        incoming = nil
        let answer = await message.sink?.finish() ?? message.refusal
        switch message.command {
        case .storeRequest(let request):
            var response = StoreResponse(messageID: request.messageID, status: answer.status)
            response.sopClassUID = request.sopClassUID
            response.sopInstanceUID = request.sopInstanceUID
            response.errorComment = answer.comment
            try await respond(.storeResponse(response), message.contextID)
        case .other(let request):
            try await respond(.other(request.response(answer.status)), message.contextID)
        case .echoRequest, .echoResponse, .storeResponse:
            throw await driver.violated(.unexpectedCommand)
        }
    }

    private func respond(_ command: DIMSECommand, _ contextID: UInt8) async throws(AssociationError) {
        try driver.want(.dataRequested, expecting: .sendData)
        driver.output.clear()
        fragmenter.append(command, contextID: contextID, to: driver.output)
        try await driver.flush(.transfer, within: driver.timeouts.write)
    }
}
