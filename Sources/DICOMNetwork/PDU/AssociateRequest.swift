package import Bytes

/// A-ASSOCIATE-RQ, PS3.8 9.3.2.
///
///     OFFSET  SIZE  FIELD                      NOTE
///     0       6     header                     type 1
///     6       2     protocol version           bit 0
///     8       2     reserved
///     10      16    called AE title            blanks around are not significant
///     26      16    calling AE title
///     42      32    reserved
///     74      -     application context item   10H
///     -       -     presentation contexts      20H, 1...128
///     -       -     user information item      50H
package struct AssociateRequest: Equatable, Sendable {
    package var protocolVersion: UInt16 = 1
    package var calledAE: String
    package var callingAE: String
    package var applicationContext = WellKnownUID.applicationContext
    package var contexts: [ProposedContext]
    package var userInformation: UserInformation

    package init(
        calledAE: String, callingAE: String, contexts: [ProposedContext], userInformation: UserInformation = .ours()
    ) {
        self.calledAE = calledAE
        self.callingAE = callingAE
        self.contexts = contexts
        self.userInformation = userInformation
    }

    /// Reads the body, that is, what follows the six bytes of header.
    @_lifetime(reader: copy reader)
    package init(from reader: inout ByteReader) throws(WireError) {
        protocolVersion = try reader.u16BE("protocol version")
        try reader.skip(2, "reserved")
        calledAE = try reader.aeTitle("called AE title")
        callingAE = try reader.aeTitle("calling AE title")
        try reader.skip(32, "reserved")
        applicationContext = ""
        contexts = []
        userInformation = UserInformation()
        while !reader.isAtEnd {
            let (type, count) = try reader.itemHeader()
            var body = try reader.nested(count, "item")
            switch type {
            case ItemType.applicationContext: applicationContext = try body.uid(count, "application context")
            case ItemType.presentationContextRequest:
                contexts.append(try ProposedContext(from: &body))
                let limit = AssociationLimits.contextsMax
                guard contexts.count <= limit else {
                    throw reader.error(.overlong(length: contexts.count, limit: limit), "contexts")
                }
            case ItemType.userInformation: userInformation = try UserInformation(from: &body)
            default: break
            }
        }
    }

    /// Writes the whole PDU.
    package func encode(into writer: inout ByteWriter) {
        writer.u8(PDUType.associateRequest.rawValue)
        writer.u8(0)
        writer.lengthPrefixed32BE { writer in
            writer.u16BE(protocolVersion)
            writer.zeros(2)
            writer.aeTitle(calledAE)
            writer.aeTitle(callingAE)
            writer.zeros(32)
            writer.item(ItemType.applicationContext) { $0.append(applicationContext) }
            for context in contexts { context.encode(into: &writer) }
            userInformation.encode(into: &writer)
        }
    }
}
