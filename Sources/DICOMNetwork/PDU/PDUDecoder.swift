package import Bytes

/// Cuts a stream of bytes into PDUs. Type and length are judged as soon as they are there, before anything is
/// collected; a P-DATA-TF is handed on piece by piece.
///
///     while case .pdu(let pdu, let consumed) = try decoder.next(buffer.readable) {
///         use(pdu)                    // a fragment's body is a range of buffer.readable
///         buffer.consume(consumed)
///     }
package struct PDUDecoder: Sendable {
    package enum Output: Equatable, Sendable {
        /// Call again with the same bytes and more, when at least this many are there.
        case needMore(atLeast: Int)
        case pdu(PDU, consumed: Int)
    }

    private enum Step {
        case header
        /// At the next item of a P-DATA-TF.
        case item(pduRemaining: Int)
        case data(DataItem)
    }

    private struct DataItem {
        var contextID: UInt8
        var control: UInt8
        var itemRemaining: Int
        /// Of the PDU, after this item.
        var pduRemaining: Int
    }

    private static let headerByteCount = 6
    /// The field of the error for a first byte that belongs to no PDU.
    static let typeField: StaticString = "PDU type"

    private var step = Step.header

    package init() {}

    /// The next PDU or piece of one at the front of `bytes`. After an error the stream cannot be understood any more.
    package mutating func next(_ bytes: RawSpan) throws(WireError) -> Output {
        var reader = ByteReader(bytes)
        switch step {
        case .header:
            return try header(&reader)
        case .item(let pduRemaining):
            guard reader.remaining >= DataTransferHeader.itemByteCount else {
                return .needMore(atLeast: DataTransferHeader.itemByteCount)
            }
            let item = try Self.item(&reader, pduRemaining)
            return piece(of: item, at: reader.offset, available: reader.remaining)
        case .data(let item):
            guard !reader.isAtEnd else { return .needMore(atLeast: 1) }
            return piece(of: item, at: 0, available: reader.remaining)
        }
    }

    private mutating func header(_ reader: inout ByteReader) throws(WireError) -> Output {
        guard !reader.isAtEnd else { return .needMore(atLeast: Self.headerByteCount) }
        let byteCount = reader.remaining
        let typeByte = try reader.u8(Self.typeField)
        guard let type = PDUType(rawValue: typeByte) else {
            throw WireError(.invalid("\(typeByte) is no PDU type"), field: "\(Self.typeField)", offset: 0)
        }
        guard byteCount >= Self.headerByteCount else { return .needMore(atLeast: Self.headerByteCount) }
        try reader.skip(1, "reserved")
        let length = Int(try reader.u32BE("PDU length"))
        try Self.check(length, of: type)
        if type == .dataTransfer {
            guard byteCount >= DataTransferHeader.byteCount else {
                return .needMore(atLeast: DataTransferHeader.byteCount)
            }
            let item = try Self.item(&reader, length)
            return piece(of: item, at: reader.offset, available: reader.remaining)
        }
        guard reader.remaining >= length else { return .needMore(atLeast: Self.headerByteCount + length) }
        var body = try reader.nested(length, "PDU")
        return .pdu(try Self.decode(type, &body), consumed: reader.offset)
    }

    private static func check(_ length: Int, of type: PDUType) throws(WireError) {
        let (least, most) =
            switch type {
            case .associateRequest, .associateAccept: (68, AssociationLimits.associateLengthMax)
            case .dataTransfer: (DataTransferHeader.itemByteCount, AssociationLimits.pduLengthAccepted)
            case .associateReject, .releaseRequest, .releaseResponse, .abort: (4, 4)
            }
        if length < least {
            throw WireError(.truncated(needed: least, available: length), field: "PDU length of \(type)", offset: 2)
        }
        if length > most {
            throw WireError(.overlong(length: length, limit: most), field: "PDU length of \(type)", offset: 2)
        }
    }

    private static func decode(_ type: PDUType, _ body: inout ByteReader) throws(WireError) -> PDU {
        switch type {
        case .associateRequest: .associateRequest(try AssociateRequest(from: &body))
        case .associateAccept: .associateAccept(try AssociateAccept(from: &body))
        case .associateReject: .associateReject(try AssociateReject(from: &body))
        case .abort: .abort(try Abort(from: &body))
        case .releaseRequest: .releaseRequest
        case .releaseResponse: .releaseResponse
        case .dataTransfer: throw body.error(.invalid("not a control PDU"), "\(typeField)")
        }
    }

    private static func item(_ reader: inout ByteReader, _ pduRemaining: Int) throws(WireError) -> DataItem {
        let length = Int(try reader.u32BE("PDV item length"))
        guard length >= 2 else {
            throw reader.error(.truncated(needed: 2, available: length), "PDV item length")
        }
        guard length + 4 <= pduRemaining else {
            throw reader.error(.overlong(length: length, limit: max(0, pduRemaining - 4)), "PDV item length")
        }
        return DataItem(
            contextID: try reader.u8("presentation context ID"), control: try reader.u8("message control header"),
            itemRemaining: length - 2, pduRemaining: pduRemaining - length - 4)
    }

    private mutating func piece(of item: DataItem, at offset: Int, available: Int) -> Output {
        let count = min(item.itemRemaining, available)
        let isWhole = count == item.itemRemaining
        if isWhole {
            step = item.pduRemaining == 0 ? .header : .item(pduRemaining: item.pduRemaining)
        } else {
            var rest = item
            rest.itemRemaining -= count
            step = .data(rest)
        }
        let fragment = DataFragment(
            contextID: item.contextID, isCommand: DataTransferHeader.isCommand(item.control),
            isLast: isWhole && DataTransferHeader.isLast(item.control), body: offset..<(offset + count))
        return .pdu(.dataFragment(fragment), consumed: offset + count)
    }
}

extension WireError {
    /// What an A-ABORT says about this error, PS3.8 9.3.8.
    var abortReason: Abort.Reason {
        switch kind {
        case .truncated, .overlong: .invalidParameterValue
        case .invalid: field == "\(PDUDecoder.typeField)" ? .unrecognizedPDU : .invalidParameterValue
        }
    }
}
