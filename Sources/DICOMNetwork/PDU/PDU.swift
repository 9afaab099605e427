/// The seven kinds of PDU, PS3.8 9.3.1. The raw value is the first byte on the wire.
package enum PDUType: UInt8, CaseIterable, Sendable, CustomStringConvertible {
    case associateRequest = 1
    case associateAccept
    case associateReject
    case dataTransfer
    case releaseRequest
    case releaseResponse
    case abort

    package var description: String {
        switch self {
        case .associateRequest: "A-ASSOCIATE-RQ"
        case .associateAccept: "A-ASSOCIATE-AC"
        case .associateReject: "A-ASSOCIATE-RJ"
        case .dataTransfer: "P-DATA-TF"
        case .releaseRequest: "A-RELEASE-RQ"
        case .releaseResponse: "A-RELEASE-RP"
        case .abort: "A-ABORT"
        }
    }
}

/// What the decoder hands on: a whole control PDU, or the next piece of a P-DATA-TF, which is never collected.
///
///     OFFSET  SIZE  FIELD         NOTE
///     0       1     PDU type      1...7
///     1       1     reserved      0, not tested
///     2       4     PDU length    big endian, counts what follows
package enum PDU: Equatable, Sendable {
    case associateRequest(AssociateRequest)
    case associateAccept(AssociateAccept)
    case associateReject(AssociateReject)
    case dataFragment(DataFragment)
    case releaseRequest
    case releaseResponse
    case abort(Abort)

    package var type: PDUType {
        switch self {
        case .associateRequest: .associateRequest
        case .associateAccept: .associateAccept
        case .associateReject: .associateReject
        case .dataFragment: .dataTransfer
        case .releaseRequest: .releaseRequest
        case .releaseResponse: .releaseResponse
        case .abort: .abort
        }
    }
}
