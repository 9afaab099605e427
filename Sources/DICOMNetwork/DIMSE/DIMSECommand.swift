package import Bytes

/// A DIMSE command set, PS3.7 section 9.3. What we neither send nor serve is `other`.
package enum DIMSECommand: Equatable, Sendable {
    case echoRequest(messageID: UInt16)
    case echoResponse(messageID: UInt16, status: DIMSEStatus)
    case storeRequest(StoreRequest)
    case storeResponse(StoreResponse)
    case other(OtherCommand)

    static let storeField: UInt16 = 0x0001
    static let echoField: UInt16 = 0x0030
    static let cancelField: UInt16 = 0x0FFF

    /// Whether a data set follows the command.
    package var hasDataSet: Bool {
        switch self {
        case .storeRequest: true
        case .echoRequest, .echoResponse, .storeResponse: false
        case .other(let command): command.hasDataSet
        }
    }

    /// Reads a whole command set.
    package init(_ bytes: RawSpan) throws(WireError) {
        let fields = try CommandFields(bytes)
        switch fields.commandField {
        case Self.echoField:
            self = .echoRequest(messageID: try fields.require(fields.messageID, "message ID"))
        case Self.echoField | CommandElement.responseBit:
            self = .echoResponse(
                messageID: try fields.require(fields.messageIDRespondedTo, "message ID being responded to"),
                status: DIMSEStatus(rawValue: try fields.require(fields.status, "status")))
        case Self.storeField:
            self = .storeRequest(try StoreRequest(fields))
        case Self.storeField | CommandElement.responseBit:
            self = .storeResponse(try StoreResponse(fields))
        default:
            self = .other(OtherCommand(fields))
        }
    }

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .echoRequest(let messageID):
            writer.commandSet { writer in
                writer.ui(CommandElement.affectedSOPClassUID, WellKnownUID.verification)
                writer.us(CommandElement.commandField, Self.echoField)
                writer.us(CommandElement.messageID, messageID)
                writer.us(CommandElement.dataSetType, CommandElement.noDataSet)
            }
        case .echoResponse(let messageID, let status):
            writer.commandSet { writer in
                writer.ui(CommandElement.affectedSOPClassUID, WellKnownUID.verification)
                writer.us(CommandElement.commandField, Self.echoField | CommandElement.responseBit)
                writer.us(CommandElement.messageIDRespondedTo, messageID)
                writer.us(CommandElement.dataSetType, CommandElement.noDataSet)
                writer.us(CommandElement.status, status.rawValue)
            }
        case .storeRequest(let request): request.encode(into: &writer)
        case .storeResponse(let response): response.encode(into: &writer)
        case .other(let command): command.encode(into: &writer)
        }
    }
}

/// C-STORE-RQ, PS3.7 9.3.1.1.
package struct StoreRequest: Equatable, Sendable {
    package enum Priority: UInt16, Sendable {
        case medium, high, low
    }

    package var sopClassUID: String
    package var sopInstanceUID: String
    package var messageID: UInt16
    package var priority: Priority = .medium
    package var moveOriginatorAE: String?
    package var moveOriginatorMessageID: UInt16?

    package init(sopClassUID: String, sopInstanceUID: String, messageID: UInt16) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.messageID = messageID
    }

    init(_ fields: borrowing CommandFields) throws(WireError) {
        sopClassUID = try fields.require(fields.affectedSOPClassUID, "affected SOP class UID")
        sopInstanceUID = try fields.require(fields.affectedSOPInstanceUID, "affected SOP instance UID")
        messageID = try fields.require(fields.messageID, "message ID")
        priority = fields.priority.flatMap(Priority.init) ?? .medium
        moveOriginatorAE = fields.moveOriginatorAE
        moveOriginatorMessageID = fields.moveOriginatorMessageID
        guard fields.hasDataSet else { throw fields.error("a C-STORE-RQ without a data set") }
    }

    func encode(into writer: inout ByteWriter) {
        writer.commandSet { writer in
            writer.ui(CommandElement.affectedSOPClassUID, sopClassUID)
            writer.us(CommandElement.commandField, DIMSECommand.storeField)
            writer.us(CommandElement.messageID, messageID)
            writer.us(CommandElement.priority, priority.rawValue)
            writer.us(CommandElement.dataSetType, CommandElement.dataSetPresent)
            writer.ui(CommandElement.affectedSOPInstanceUID, sopInstanceUID)
            if let ae = moveOriginatorAE { writer.lo(CommandElement.moveOriginatorAE, ae) }
            if let id = moveOriginatorMessageID { writer.us(CommandElement.moveOriginatorMessageID, id) }
        }
    }
}

/// C-STORE-RSP, PS3.7 9.3.1.2.
package struct StoreResponse: Equatable, Sendable {
    package var messageID: UInt16
    package var status: DIMSEStatus
    package var sopClassUID: String?
    package var sopInstanceUID: String?
    /// The peer's own words, up to 64 characters.
    package var errorComment: String?
    /// Tags that the peer complains about, group in the upper half.
    package var offendingElements: [UInt32] = []

    package init(messageID: UInt16, status: DIMSEStatus) {
        self.messageID = messageID
        self.status = status
    }

    init(_ fields: borrowing CommandFields) throws(WireError) {
        messageID = try fields.require(fields.messageIDRespondedTo, "message ID being responded to")
        status = DIMSEStatus(rawValue: try fields.require(fields.status, "status"))
        sopClassUID = fields.affectedSOPClassUID
        sopInstanceUID = fields.affectedSOPInstanceUID
        errorComment = fields.errorComment
        offendingElements = fields.offendingElements
        guard !fields.hasDataSet else { throw fields.error("a C-STORE-RSP with a data set") }
    }

    func encode(into writer: inout ByteWriter) {
        writer.commandSet { writer in
            if let uid = sopClassUID { writer.ui(CommandElement.affectedSOPClassUID, uid) }
            writer.us(CommandElement.commandField, DIMSECommand.storeField | CommandElement.responseBit)
            writer.us(CommandElement.messageIDRespondedTo, messageID)
            writer.us(CommandElement.dataSetType, CommandElement.noDataSet)
            writer.us(CommandElement.status, status.rawValue)
            if !offendingElements.isEmpty { writer.at(CommandElement.offendingElement, offendingElements) }
            if let comment = errorComment {
                writer.lo(CommandElement.errorComment, String(comment.unicodeScalars.filter(\.isASCII).prefix(64)))
            }
            if let uid = sopInstanceUID { writer.ui(CommandElement.affectedSOPInstanceUID, uid) }
        }
    }
}

/// A request or response of a service that we do not speak: enough to refuse it politely.
package struct OtherCommand: Equatable, Sendable {
    package var commandField: UInt16
    /// Of a request its own, of a response that of the request.
    package var messageID: UInt16
    package var sopClassUID: String?
    package var status: DIMSEStatus?
    package var hasDataSet: Bool

    package var isResponse: Bool { commandField & CommandElement.responseBit != 0 }
    var isCancel: Bool { commandField == DIMSECommand.cancelField }

    init(_ fields: borrowing CommandFields) {
        commandField = fields.commandField
        messageID = fields.messageIDRespondedTo ?? fields.messageID ?? 0
        sopClassUID = fields.affectedSOPClassUID
        status = fields.status.map(DIMSEStatus.init(rawValue:))
        hasDataSet = fields.hasDataSet
    }

    /// The answer to this request.
    func response(_ status: DIMSEStatus) -> OtherCommand {
        var response = self
        response.commandField |= CommandElement.responseBit
        response.status = status
        response.hasDataSet = false
        return response
    }

    func encode(into writer: inout ByteWriter) {
        writer.commandSet { writer in
            if let uid = sopClassUID { writer.ui(CommandElement.affectedSOPClassUID, uid) }
            writer.us(CommandElement.commandField, commandField)
            writer.us(isResponse ? CommandElement.messageIDRespondedTo : CommandElement.messageID, messageID)
            writer.us(
                CommandElement.dataSetType, hasDataSet ? CommandElement.dataSetPresent : CommandElement.noDataSet)
            if let status { writer.us(CommandElement.status, status.rawValue) }
        }
    }
}
