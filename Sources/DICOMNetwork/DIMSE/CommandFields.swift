internal import Bytes

/// The elements of a command set, whichever it is; unknown ones are skipped.
struct CommandFields {
    private(set) var commandField: UInt16 = 0
    private(set) var hasDataSet = false
    private(set) var messageID: UInt16?
    private(set) var messageIDRespondedTo: UInt16?
    private(set) var affectedSOPClassUID: String?
    private(set) var affectedSOPInstanceUID: String?
    private(set) var priority: UInt16?
    private(set) var status: UInt16?
    private(set) var errorComment: String?
    private(set) var offendingElements: [UInt32] = []
    private(set) var moveOriginatorAE: String?
    private(set) var moveOriginatorMessageID: UInt16?
    private let byteCount: Int

    init(_ bytes: RawSpan) throws(WireError) {
        byteCount = bytes.byteCount
        var reader = ByteReader(bytes)
        var hasCommandField = false
        while !reader.isAtEnd {
            guard try reader.u16LE("group") == 0 else { throw reader.error(.invalid("not group 0000"), "command set") }
            let element = try reader.u16LE("element")
            let length = Int(try reader.u32LE("element length"))
            var value = try reader.nested(length, "command element")
            switch element {
            case CommandElement.commandField:
                commandField = try value.u16LE("command field")
                hasCommandField = true
            case CommandElement.dataSetType:
                hasDataSet = try value.u16LE("command data set type") != CommandElement.noDataSet
            default:
                try read(element, &value)
            }
        }
        guard hasCommandField else { throw reader.error(.invalid("no command field"), "command set") }
    }

    private mutating func read(_ element: UInt16, _ value: inout ByteReader) throws(WireError) {
        // An element of length zero is as good as absent.
        if value.isAtEnd { return }
        switch element {
        case CommandElement.messageID: messageID = try value.u16LE("message ID")
        case CommandElement.messageIDRespondedTo: messageIDRespondedTo = try value.u16LE("message ID responded to")
        case CommandElement.affectedSOPClassUID, CommandElement.requestedSOPClassUID:
            affectedSOPClassUID = try value.uid(value.remaining, "SOP class UID")
        case CommandElement.affectedSOPInstanceUID:
            affectedSOPInstanceUID = try value.uid(value.remaining, "affected SOP instance UID")
        case CommandElement.priority: priority = try value.u16LE("priority")
        case CommandElement.status: status = try value.u16LE("status")
        case CommandElement.errorComment:
            errorComment = try value.ascii(value.remaining, "error comment").trimmingPadding()
        case CommandElement.offendingElement:
            while value.remaining >= 4 {
                let group = UInt32(try value.u16LE("offending element"))
                offendingElements.append(group << 16 | UInt32(try value.u16LE("offending element")))
            }
        case CommandElement.moveOriginatorAE:
            moveOriginatorAE = try value.ascii(value.remaining, "move originator").trimmingPadding()
        case CommandElement.moveOriginatorMessageID: moveOriginatorMessageID = try value.u16LE("move originator ID")
        default: break
        }
    }

    /// A field that this command must have.
    func require<T>(_ value: T?, _ field: StaticString) throws(WireError) -> T {
        guard let value else {
            throw WireError(.invalid("missing"), field: "\(field)", offset: byteCount)
        }
        return value
    }

    func error(_ why: String) -> WireError { WireError(.invalid(why), field: "command set", offset: byteCount) }
}
