package import Bytes

/// A-ABORT, PS3.8 9.3.8.
///
///     OFFSET  SIZE  FIELD      NOTE
///     0       6     header     type 7, length 4
///     6       2     reserved
///     8       1     source     0 service user, 2 service provider
///     9       1     reason     of a provider; 0 when a user aborts
package struct Abort: Equatable, Sendable, CustomStringConvertible {
    package enum Source: Equatable, Sendable {
        case user
        case provider(Reason)
        case other(source: UInt8, reason: UInt8)
    }

    package enum Reason: UInt8, Sendable {
        case notSpecified = 0
        case unrecognizedPDU = 1
        case unexpectedPDU = 2
        case unrecognizedParameter = 4
        case unexpectedParameter = 5
        case invalidParameterValue = 6
    }

    package var source: Source

    package init(_ source: Source) { self.source = source }

    @_lifetime(reader: copy reader)
    package init(from reader: inout ByteReader) throws(WireError) {
        try reader.skip(2, "reserved")
        let source = try reader.u8("source")
        let reason = try reader.u8("reason")
        switch (source, Reason(rawValue: reason)) {
        // The reason means nothing here, and peers fill it with anything.
        case (0, _): self.source = .user
        case (2, let reason?): self.source = .provider(reason)
        default: self.source = .other(source: source, reason: reason)
        }
    }

    package func encode(into writer: inout ByteWriter) {
        writer.u8(PDUType.abort.rawValue)
        writer.u8(0)
        writer.lengthPrefixed32BE { writer in
            writer.zeros(2)
            switch source {
            case .user:
                writer.zeros(2)
            case .provider(let reason):
                writer.u8(2)
                writer.u8(reason.rawValue)
            case .other(let source, let reason):
                writer.u8(source)
                writer.u8(reason)
            }
        }
    }

    package var description: String {
        switch source {
        case .user: "aborted by the application"
        case .provider(.notSpecified): "aborted by the upper layer without a reason"
        case .provider(.unrecognizedPDU): "aborted: unrecognized PDU"
        case .provider(.unexpectedPDU): "aborted: unexpected PDU"
        case .provider(.unrecognizedParameter): "aborted: unrecognized PDU parameter"
        case .provider(.unexpectedParameter): "aborted: unexpected PDU parameter"
        case .provider(.invalidParameterValue): "aborted: invalid PDU parameter value"
        case .other(let source, let reason): "aborted: unknown reason \(reason) of source \(source)"
        }
    }
}
