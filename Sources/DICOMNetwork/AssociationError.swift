package import Bytes
package import Reactor

/// What an association was about when it ended; each has its own deadline.
package enum AssociationPhase: String, Sendable, CustomStringConvertible {
    /// Our A-ASSOCIATE-RQ is out.
    case associate = "the answer to the association request"
    /// As acceptor, before A-ASSOCIATE-RQ.
    case request = "an association request"
    /// Sending.
    case transfer = "the peer to take data"
    /// A message is out, its response is due.
    case response = "the response"
    /// As acceptor, between two messages.
    case idle = "the next message"
    /// As acceptor, inside a message.
    case message = "the rest of a message"
    case release = "the answer to the release request"

    package var description: String { rawValue }
}

/// How an association that should have gone on came to its end. The stream is closed.
package enum AssociationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A-ASSOCIATE-RJ from the peer.
    case rejected(AssociateReject)
    /// A-ABORT from the peer.
    case aborted(Abort)
    /// A-RELEASE-RQ from the peer where a response was due.
    case releasedByPeer
    /// Associated, but nothing of what was asked for is accepted; the reasons one by one.
    case noAcceptedContext([NegotiatedAssociation.RefusedContext])
    /// The peer broke the protocol; it was sent A-ABORT.
    case protocolViolation(ProtocolViolation)
    /// The first bytes from the peer belong to another protocol.
    case notDICOM(firstBytes: [UInt8])
    /// The peer was too slow: it was waited for this.
    case timedOut(AssociationPhase)
    case stream(StreamError, during: AssociationPhase)
    /// The object could not be read on our side; the peer was sent A-ABORT.
    case source(DataSourceError)
    /// What we were told to propose cannot be written in the protocol.
    case invalidParameters(String)
    /// The association has ended before.
    case notEstablished

    package var description: String {
        switch self {
        case .rejected(let reject): reject.description
        case .aborted(let abort): abort.description
        case .releasedByPeer: "the peer released the association while a response was due"
        case .noAcceptedContext(let refused): Self.words(for: refused)
        case .protocolViolation(let violation): "the peer broke the protocol: \(violation)"
        case .notDICOM(let firstBytes): ForeignProtocol(firstBytes: firstBytes).description
        case .timedOut(let phase): "timed out waiting for \(phase)"
        case .stream(let error, let phase): "\(error) (waiting for \(phase))"
        case .source(let error): "the object could not be read: \(error.reason)"
        case .invalidParameters(let why): why
        case .notEstablished: "the association has ended"
        }
    }

    private static func words(for refused: [NegotiatedAssociation.RefusedContext]) -> String {
        let reasons = Set(refused.map(\.reason.description)).sorted().joined(separator: "; ")
        return "no presentation context was accepted" + (reasons.isEmpty ? "" : ": \(reasons)")
    }
}

/// In which way a peer broke the protocol.
package enum ProtocolViolation: Equatable, Sendable, CustomStringConvertible {
    case malformed(WireError)
    case unexpectedPDU(PDUType, AssociationState)
    /// The peer's maximum length, in which nothing can be sent.
    case maximumLengthTooSmall(UInt32)
    case contextNotAccepted(UInt8)
    case dataSetWithoutCommand
    case commandInsideMessage
    case unexpectedCommand
    case messageIDMismatch(expected: UInt16, received: UInt16)
    case protocolVersionNotSupported

    package var description: String {
        switch self {
        case .malformed(let error): error.description
        case .unexpectedPDU(let type, _): "\(type) where it may not come"
        case .maximumLengthTooSmall(let length): "a maximum PDU length of \(length) leaves no room for data"
        case .contextNotAccepted(let id): "data for presentation context \(id), which was not accepted"
        case .dataSetWithoutCommand: "a data set without a command"
        case .commandInsideMessage: "a command inside another message"
        case .unexpectedCommand: "a response to nothing that was asked"
        case .messageIDMismatch(let expected, let received): "a response to message \(received) instead of \(expected)"
        case .protocolVersionNotSupported: "a protocol version that is not supported"
        }
    }

    /// What A-ABORT says about it.
    var abortReason: Abort.Reason {
        switch self {
        case .malformed(let error): error.abortReason
        case .unexpectedPDU: .unexpectedPDU
        case .maximumLengthTooSmall, .contextNotAccepted, .dataSetWithoutCommand, .commandInsideMessage,
            .messageIDMismatch:
            .invalidParameterValue
        case .unexpectedCommand, .protocolVersionNotSupported: .notSpecified
        }
    }
}

/// Who answers when it is not a DICOM application, told by its first bytes.
package enum ForeignProtocol: Equatable, Sendable, CustomStringConvertible {
    case http
    /// TLS where plain DICOM was expected: an alert or a handshake record.
    case tls
    case ssh
    case unknown([UInt8])

    package init(firstBytes: [UInt8]) {
        let text = String(decoding: firstBytes, as: UTF8.self)
        let methods = ["HTTP/", "GET ", "POST", "PUT ", "HEAD", "OPTI", "CONN", "PRI "]
        if methods.contains(where: text.hasPrefix) {
            self = .http
        } else if firstBytes.count >= 2, (0x14...0x17).contains(firstBytes[0]), firstBytes[1] == 3 {
            self = .tls
        } else if text.hasPrefix("SSH-") {
            self = .ssh
        } else {
            self = .unknown(firstBytes)
        }
    }

    package var description: String {
        switch self {
        case .http: "the peer speaks HTTP, not DICOM"
        case .tls: "the peer speaks TLS where plain DICOM was expected"
        case .ssh: "the peer speaks SSH, not DICOM"
        case .unknown(let bytes): "the peer does not speak DICOM; its first bytes are \(Hex.encode(bytes))"
        }
    }
}
