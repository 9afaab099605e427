internal import Bytes

/// One row of the requestor's offer, PS3.8 9.3.2.2: a kind of object, and the encodings in which it could be sent.
///
///     OFFSET  SIZE  FIELD                     NOTE
///     0       4     item header               20H
///     4       1     presentation context ID   odd, 1...255
///     5       3     reserved
///     8       -     abstract syntax item      30H, a UID
///     -       -     transfer syntax items     40H, one or more UIDs
package struct ProposedContext: Equatable, Sendable {
    package var id: UInt8
    package var abstractSyntax: String
    package var transferSyntaxes: [String]

    package init(id: UInt8, abstractSyntax: String, transferSyntaxes: [String]) {
        self.id = id
        self.abstractSyntax = abstractSyntax
        self.transferSyntaxes = transferSyntaxes
    }

    /// Reads the body of the item.
    @_lifetime(reader: copy reader)
    init(from reader: inout ByteReader) throws(WireError) {
        id = try reader.contextID()
        try reader.skip(3, "reserved")
        abstractSyntax = ""
        transferSyntaxes = []
        while !reader.isAtEnd {
            let (type, count) = try reader.itemHeader()
            switch type {
            case ItemType.abstractSyntax:
                abstractSyntax = try reader.uid(count, "abstract syntax")
            case ItemType.transferSyntax:
                transferSyntaxes.append(try reader.uid(count, "transfer syntax"))
                guard transferSyntaxes.count <= AssociationLimits.transferSyntaxesMax else {
                    let length = transferSyntaxes.count
                    throw reader.error(
                        .overlong(length: length, limit: AssociationLimits.transferSyntaxesMax), "transfer syntaxes")
                }
            default:
                try reader.skip(count, "unknown sub-item")
            }
        }
        guard !abstractSyntax.isEmpty else {
            throw reader.error(.invalid("no abstract syntax in presentation context \(id)"), "presentation context")
        }
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.presentationContextRequest) { writer in
            writer.u8(id)
            writer.zeros(3)
            writer.item(ItemType.abstractSyntax) { $0.append(abstractSyntax) }
            for syntax in transferSyntaxes { writer.item(ItemType.transferSyntax) { $0.append(syntax) } }
        }
    }
}

/// The acceptor's answer to one context, PS3.8 9.3.3.2.
///
///     OFFSET  SIZE  FIELD                     NOTE
///     0       4     item header               21H
///     4       1     presentation context ID   as proposed
///     5       1     reserved
///     6       1     result/reason             0...4
///     7       1     reserved
///     8       -     transfer syntax item      40H, one UID; means nothing unless the result is 0
package struct ContextResult: Equatable, Sendable {
    /// Why a context was or was not accepted.
    package enum Reason: UInt8, Sendable, CustomStringConvertible {
        case accepted
        case userRejection
        case noReason
        case abstractSyntaxNotSupported
        case transferSyntaxesNotSupported

        package var description: String {
            switch self {
            case .accepted: "accepted"
            case .userRejection: "rejected by the user"
            case .noReason: "rejected without a reason"
            case .abstractSyntaxNotSupported: "this kind of object is not supported"
            case .transferSyntaxesNotSupported: "none of the proposed encodings is supported"
            }
        }
    }

    package var id: UInt8
    package var reason: Reason
    package var transferSyntax: String

    package init(id: UInt8, reason: Reason, transferSyntax: String) {
        self.id = id
        self.reason = reason
        self.transferSyntax = transferSyntax
    }

    @_lifetime(reader: copy reader)
    init(from reader: inout ByteReader) throws(WireError) {
        id = try reader.contextID()
        try reader.skip(1, "reserved")
        // A reason that the standard does not know is a rejection all the same.
        reason = Reason(rawValue: try reader.u8("result")) ?? .noReason
        try reader.skip(1, "reserved")
        transferSyntax = ""
        while !reader.isAtEnd {
            let (type, count) = try reader.itemHeader()
            if type == ItemType.transferSyntax {
                transferSyntax = try reader.uid(count, "transfer syntax")
            } else {
                try reader.skip(count, "unknown sub-item")
            }
        }
        guard reason != .accepted || !transferSyntax.isEmpty else {
            throw reader.error(.invalid("accepted without a transfer syntax"), "presentation context")
        }
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.presentationContextResult) { writer in
            writer.u8(id)
            writer.u8(0)
            writer.u8(reason.rawValue)
            writer.u8(0)
            writer.item(ItemType.transferSyntax) { $0.append(transferSyntax) }
        }
    }
}

extension ByteReader {
    @_lifetime(self: copy self)
    fileprivate mutating func contextID() throws(WireError) -> UInt8 {
        let id = try u8("presentation context ID")
        guard id % 2 == 1 else { throw error(.invalid("\(id) is even"), "presentation context ID") }
        return id
    }
}
