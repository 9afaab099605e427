internal import Bytes
internal import DICOM

/// What both sides say about themselves and wish for, PS3.8 9.3.2.3 and PS3.7 annex D.
///
///     TYPE  FIELD                        BODY
///     50H   user information             the sub-items below
///     51H   maximum length               4 bytes: the largest P-DATA-TF that *its sender* wants to receive; 0 = any
///     52H   implementation class UID     a UID
///     53H   asynchronous operations      2 + 2 bytes: invoked, performed; 0 = any; absent = 1, 1
///     54H   SCP/SCU role selection       2 bytes length, UID, SCU role, SCP role
///     55H   implementation version       up to 16 characters
///     56H   SOP class extended           2 bytes length, UID, data that the class defines
///     58H   user identity                kind, response wanted, length and primary field, length and secondary field
///     else  kept as data
package struct UserInformation: Equatable, Sendable {
    /// How many operations may be under way at a time.
    package struct AsynchronousWindow: Equatable, Sendable {
        package var invoked: UInt16
        package var performed: UInt16

        package init(invoked: UInt16, performed: UInt16) {
            self.invoked = invoked
            self.performed = performed
        }
    }

    package struct RoleSelection: Equatable, Sendable {
        package var sopClassUID: String
        package var scu: Bool
        package var scp: Bool

        package init(sopClassUID: String, scu: Bool, scp: Bool) {
            self.sopClassUID = sopClassUID
            self.scu = scu
            self.scp = scp
        }
    }

    package struct ExtendedNegotiation: Equatable, Sendable {
        package var sopClassUID: String
        package var information: [UInt8]

        package init(sopClassUID: String, information: [UInt8]) {
            self.sopClassUID = sopClassUID
            self.information = information
        }
    }

    /// PS3.7 D.3.3.7; `kind` 1 is a user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JSON web token.
    package struct UserIdentity: Equatable, Sendable {
        package var kind: UInt8
        package var wantsResponse: Bool
        package var primary: [UInt8]
        package var secondary: [UInt8]

        package init(kind: UInt8, wantsResponse: Bool, primary: [UInt8], secondary: [UInt8]) {
            self.kind = kind
            self.wantsResponse = wantsResponse
            self.primary = primary
            self.secondary = secondary
        }
    }

    /// A sub-item that we have no use for.
    package struct Other: Equatable, Sendable {
        package var type: UInt8
        package var body: [UInt8]
    }

    package var maximumLength: UInt32?
    package var implementationClassUID: String?
    package var asynchronousWindow: AsynchronousWindow?
    package var roleSelections: [RoleSelection] = []
    package var implementationVersionName: String?
    package var extendedNegotiations: [ExtendedNegotiation] = []
    package var userIdentity: UserIdentity?
    package var others: [Other] = []

    package init() {}

    /// Ours, with what we can receive.
    package static func ours(pduLengthMax: Int = AssociationLimits.pduLengthAnnounced) -> UserInformation {
        var information = UserInformation()
        information.maximumLength = UInt32(clamping: pduLengthMax)
        information.implementationClassUID = Part10.implementationClassUID.text
        information.implementationVersionName = Part10.implementationVersionName
        return information
    }

    @_lifetime(reader: copy reader)
    init(from reader: inout ByteReader) throws(WireError) {
        while !reader.isAtEnd {
            let (type, count) = try reader.itemHeader()
            var body = try reader.nested(count, "user information sub-item")
            switch type {
            case ItemType.maximumLength: maximumLength = try body.u32BE("maximum length")
            case ItemType.implementationClassUID:
                implementationClassUID = try body.uid(body.remaining, "implementation class UID")
            case ItemType.asynchronousWindow:
                asynchronousWindow = AsynchronousWindow(
                    invoked: try body.u16BE("operations invoked"), performed: try body.u16BE("operations performed"))
            case ItemType.roleSelection: roleSelections.append(try RoleSelection(from: &body))
            case ItemType.implementationVersionName:
                implementationVersionName = try body.ascii(body.remaining, "version name").trimmingPadding()
            case ItemType.extendedNegotiation: extendedNegotiations.append(try ExtendedNegotiation(from: &body))
            case ItemType.userIdentityRequest: userIdentity = try UserIdentity(from: &body)
            default: others.append(Other(type: type, body: try body.bytes(body.remaining, "sub-item")))
            }
        }
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.userInformation) { writer in
            if let maximumLength { writer.item(ItemType.maximumLength) { $0.u32BE(maximumLength) } }
            if let uid = implementationClassUID { writer.item(ItemType.implementationClassUID) { $0.append(uid) } }
            if let window = asynchronousWindow {
                writer.item(ItemType.asynchronousWindow) { writer in
                    writer.u16BE(window.invoked)
                    writer.u16BE(window.performed)
                }
            }
            for role in roleSelections { role.encode(into: &writer) }
            if let name = implementationVersionName {
                writer.item(ItemType.implementationVersionName) { $0.append(name) }
            }
            for negotiation in extendedNegotiations { negotiation.encode(into: &writer) }
            userIdentity?.encode(into: &writer)
            for other in others { writer.item(other.type) { $0.append(other.body) } }
        }
    }
}

extension UserInformation.RoleSelection {
    @_lifetime(body: copy body)
    init(from body: inout ByteReader) throws(WireError) {
        sopClassUID = try body.uid(Int(try body.u16BE("UID length")), "SOP class UID")
        scu = try body.u8("SCU role") != 0
        scp = try body.u8("SCP role") != 0
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.roleSelection) { writer in
            writer.lengthPrefixed16BE { $0.append(sopClassUID) }
            writer.u8(scu ? 1 : 0)
            writer.u8(scp ? 1 : 0)
        }
    }
}

extension UserInformation.ExtendedNegotiation {
    @_lifetime(body: copy body)
    init(from body: inout ByteReader) throws(WireError) {
        sopClassUID = try body.uid(Int(try body.u16BE("UID length")), "SOP class UID")
        information = try body.bytes(body.remaining, "application information")
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.extendedNegotiation) { writer in
            writer.lengthPrefixed16BE { $0.append(sopClassUID) }
            writer.append(information)
        }
    }
}

extension UserInformation.UserIdentity {
    @_lifetime(body: copy body)
    init(from body: inout ByteReader) throws(WireError) {
        kind = try body.u8("user identity type")
        wantsResponse = try body.u8("positive response requested") != 0
        primary = try body.bytes(Int(try body.u16BE("primary field length")), "primary field")
        secondary = try body.bytes(Int(try body.u16BE("secondary field length")), "secondary field")
    }

    func encode(into writer: inout ByteWriter) {
        writer.item(ItemType.userIdentityRequest) { writer in
            writer.u8(kind)
            writer.u8(wantsResponse ? 1 : 0)
            writer.lengthPrefixed16BE { $0.append(primary) }
            writer.lengthPrefixed16BE { $0.append(secondary) }
        }
    }
}
