/// What to do about an event, PS3.8 9.2.3.
package enum AssociationAction: Hashable, Sendable {
    /// The cell is empty: the event cannot occur in this state. Nothing changes.
    case notApplicable
    /// AE-1
    case openTransport
    /// AE-2
    case sendRequest
    /// AE-3
    case indicateAccepted
    /// AE-4: and close the transport.
    case indicateRejected
    /// AE-5
    case startTimer
    /// AE-6, acceptable: stop the timer, ask our own side for its answer.
    case indicateRequest
    /// AE-6, not acceptable: send A-ASSOCIATE-RJ of the provider, start the timer.
    case sendProviderReject
    /// AE-7
    case sendAccept
    /// AE-8: and start the timer.
    case sendReject
    /// DT-1
    case sendData
    /// DT-2
    case indicateData
    /// AR-1
    case sendReleaseRequest
    /// AR-2
    case indicateRelease
    /// AR-3: the release is confirmed; close the transport.
    case confirmReleaseAndClose
    /// AR-4: and start the timer.
    case sendReleaseResponseAndAwaitClose
    /// AR-5
    case stopTimerAfterClose
    /// AR-6: data that was under way when we asked for release.
    case indicateLateData
    /// AR-7: data of ours after the peer asked for release.
    case sendLateData
    /// AR-8
    case indicateReleaseCollision
    /// AR-9
    case sendReleaseResponseInCollision
    /// AR-10
    case confirmReleaseInCollision
    /// AA-1: A-ABORT of the service user, start the timer.
    case sendUserAbort
    /// AA-2
    case closeTransport
    /// AA-3: and close the transport.
    case indicateAbort
    /// AA-4
    case indicateProviderAbort
    /// AA-5
    case stopTimer
    /// AA-6
    case ignore
    /// AA-7: A-ABORT once more.
    case repeatAbort
    /// AA-8: A-ABORT of the service provider, start the timer.
    case sendProviderAbort

    /// The name in the standard's table; empty for an empty cell.
    package var standardName: String {
        switch self {
        case .notApplicable: ""
        case .openTransport: "AE-1"
        case .sendRequest: "AE-2"
        case .indicateAccepted: "AE-3"
        case .indicateRejected: "AE-4"
        case .startTimer: "AE-5"
        case .indicateRequest, .sendProviderReject: "AE-6"
        case .sendAccept: "AE-7"
        case .sendReject: "AE-8"
        case .sendData: "DT-1"
        case .indicateData: "DT-2"
        case .sendReleaseRequest: "AR-1"
        case .indicateRelease: "AR-2"
        case .confirmReleaseAndClose: "AR-3"
        case .sendReleaseResponseAndAwaitClose: "AR-4"
        case .stopTimerAfterClose: "AR-5"
        case .indicateLateData: "AR-6"
        case .sendLateData: "AR-7"
        case .indicateReleaseCollision: "AR-8"
        case .sendReleaseResponseInCollision: "AR-9"
        case .confirmReleaseInCollision: "AR-10"
        case .sendUserAbort: "AA-1"
        case .closeTransport: "AA-2"
        case .indicateAbort: "AA-3"
        case .indicateProviderAbort: "AA-4"
        case .stopTimer: "AA-5"
        case .ignore: "AA-6"
        case .repeatAbort: "AA-7"
        case .sendProviderAbort: "AA-8"
        }
    }
}
