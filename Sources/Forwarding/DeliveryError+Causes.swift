internal import DICOMNetwork
internal import Domain

/// What went wrong on the way, as a delivery's error.
extension DeliveryError {
    init(_ error: DestinationError, _ destination: Destination) {
        let advice = EchoAdvice.sentence(for: error, destination)
        let `class`: Class =
            switch error.fault {
            case .notResolved, .resolveTimedOut: .resolve
            case .addressRefused: .addressRefused
            case .notConnected: .connect
            case .tls: .tls
            case .association(.rejected): .associationRejected
            case .association(.noAcceptedContext): .notAccepted
            // Nothing was sent: the destination as a whole is not there.
            case .association, .echoStatus: .connect
            }
        self.init(`class`, "\(destination.hostAndPort), \(error.stage.rawValue): \(error)", advice: advice)
    }

    /// While objects were being sent.
    init(duringTransfer error: AssociationError, _ destination: Destination) {
        let message = "\(destination.hostAndPort), transfer: \(error)"
        switch error {
        case .timedOut:
            self.init(
                .timeout, message,
                advice: "The PACS or the network stalls in the middle of a transfer: look into the log of the PACS.")
        case .source:
            self.init(.storage, message, advice: "Check the blob volume, then upload the instance again.")
        default:
            self.init(
                .aborted, message,
                advice: "The PACS or the network breaks transfers off: look into the log of the PACS.")
        }
    }
}
