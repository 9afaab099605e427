package import Bytes

/// A-ASSOCIATE-RJ, PS3.8 9.3.4.
///
///     OFFSET  SIZE  FIELD      NOTE
///     0       6     header     type 3, length 4
///     6       1     reserved
///     7       1     result     1 permanent, 2 transient
///     8       1     source     1 user, 2 provider (ACSE), 3 provider (presentation)
///     9       1     reason     depends on the source
package struct AssociateReject: Equatable, Sendable, CustomStringConvertible {
    package enum Result: Equatable, Sendable {
        case permanent
        case transient
        case other(UInt8)
    }

    /// Who refused, and why.
    package enum Cause: Equatable, Sendable {
        case user(UserReason)
        case acse(ACSEReason)
        case presentation(PresentationReason)
        case other(source: UInt8, reason: UInt8)
    }

    package enum UserReason: UInt8, Sendable {
        case noReason = 1
        case applicationContextNotSupported = 2
        case callingAENotRecognized = 3
        case calledAENotRecognized = 7
    }

    package enum ACSEReason: UInt8, Sendable {
        case noReason = 1
        case protocolVersionNotSupported = 2
    }

    package enum PresentationReason: UInt8, Sendable {
        case temporaryCongestion = 1
        case localLimitExceeded = 2
    }

    package var result: Result
    package var cause: Cause

    package init(_ result: Result, _ cause: Cause) {
        self.result = result
        self.cause = cause
    }

    @_lifetime(reader: copy reader)
    package init(from reader: inout ByteReader) throws(WireError) {
        try reader.skip(1, "reserved")
        switch try reader.u8("result") {
        case 1: result = .permanent
        case 2: result = .transient
        case let value: result = .other(value)
        }
        cause = Cause(source: try reader.u8("source"), reason: try reader.u8("reason"))
    }

    package func encode(into writer: inout ByteWriter) {
        writer.u8(PDUType.associateReject.rawValue)
        writer.u8(0)
        writer.lengthPrefixed32BE { writer in
            writer.u8(0)
            switch result {
            case .permanent: writer.u8(1)
            case .transient: writer.u8(2)
            case .other(let value): writer.u8(value)
            }
            writer.u8(cause.wire.source)
            writer.u8(cause.wire.reason)
        }
    }

    /// Whether the same request may succeed later, as after a local limit was reached.
    package var isTransient: Bool {
        if result == .transient { return true }
        if case .presentation = cause { return true }
        return false
    }

    package var description: String {
        switch result {
        case .permanent: "rejected: \(cause)"
        case .transient: "rejected for now: \(cause)"
        case .other(let value): "rejected (result \(value)): \(cause)"
        }
    }
}

extension AssociateReject.Cause: CustomStringConvertible {
    init(source: UInt8, reason: UInt8) {
        let known: Self? =
            switch source {
            case 1: AssociateReject.UserReason(rawValue: reason).map(Self.user)
            case 2: AssociateReject.ACSEReason(rawValue: reason).map(Self.acse)
            case 3: AssociateReject.PresentationReason(rawValue: reason).map(Self.presentation)
            default: nil
            }
        self = known ?? .other(source: source, reason: reason)
    }

    var wire: (source: UInt8, reason: UInt8) {
        switch self {
        case .user(let reason): (1, reason.rawValue)
        case .acse(let reason): (2, reason.rawValue)
        case .presentation(let reason): (3, reason.rawValue)
        case .other(let source, let reason): (source, reason)
        }
    }

    package var description: String {
        switch self {
        case .user(.noReason): "the peer gives no reason"
        case .user(.applicationContextNotSupported): "the application context is not supported"
        case .user(.callingAENotRecognized): "the calling AE title is not known there"
        case .user(.calledAENotRecognized): "the called AE title is not known there"
        case .acse(.noReason): "the peer's upper layer gives no reason"
        case .acse(.protocolVersionNotSupported): "the protocol version is not supported"
        case .presentation(.temporaryCongestion): "the peer is congested"
        case .presentation(.localLimitExceeded): "the peer has reached its limit of associations"
        case .other(let source, let reason): "unknown reason \(reason) of source \(source)"
        }
    }
}
