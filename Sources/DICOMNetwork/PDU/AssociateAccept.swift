package import Bytes

/// A-ASSOCIATE-AC, PS3.8 9.3.3.
///
///     OFFSET  SIZE  FIELD                      NOTE
///     0       6     header                     type 2
///     6       2     protocol version           bit 0
///     8       2     reserved
///     10      16    reserved                   the called AE title of the request, sent back, not tested
///     26      16    reserved                   the calling AE title, likewise
///     42      32    reserved
///     74      -     application context item   10H
///     -       -     context results            21H, one for each proposed context
///     -       -     user information item      50H
package struct AssociateAccept: Equatable, Sendable {
    package var protocolVersion: UInt16 = 1
    package var calledAE: String
    package var callingAE: String
    package var applicationContext = WellKnownUID.applicationContext
    package var contexts: [ContextResult]
    package var userInformation: UserInformation

    package init(
        calledAE: String, callingAE: String, contexts: [ContextResult], userInformation: UserInformation = .ours()
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
            case ItemType.presentationContextResult:
                contexts.append(try ContextResult(from: &body))
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
        writer.u8(PDUType.associateAccept.rawValue)
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
