internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
internal import Logging
internal import Metrics
internal import Store

/// What an answer means for the instance and the delivery.
extension DeliveryRun {
    /// Notes the answer, unless another way may be tried (`encodingSuspect`). Throws when the destination as a whole is
    /// at fault.
    func judge(_ answer: Answer, _ ordinal: Int, _ object: StoredObject) throws(Stop) -> DIMSEStatus.Class {
        let (status, comment) = (answer.status, answer.comment)
        let kind = status.classification
        switch kind {
        case .success, .warning, .duplicate:
            journal.delivered(
                ordinal, status, comment, byteCount: object.byteCount, change: change(ordinal, object))
            noteWhatWorked(ordinal)
            context.metrics.instances.add()
            context.metrics.bytes.add(object.byteCount)
        case .transient where status == .processingFailure || status.rawValue >= 0xAA00:
            journal.postponed(ordinal, status, comment)
        case .transient:
            throw .failed(
                DeliveryError(
                    .outOfResources, "The destination answers \(status).",
                    advice: "The PACS is full or busy: free space there; the delivery goes on by itself.",
                    status: status.rawValue))
        case .encodingSuspect: break
        case .permanentForClass, .permanentForInstance: refuse(ordinal, answer)
        case .destinationFault:
            throw .failed(
                DeliveryError(
                    .configuration, "The destination answers \(status).",
                    advice: "Have \(destination.callingAE) allowed to store objects at the PACS.",
                    status: status.rawValue))
        case .protocol:
            throw .failed(
                DeliveryError(
                    .aborted, "The destination answers \(status), which is no answer to a C-STORE.",
                    advice: "Look into the log of the PACS.", status: status.rawValue))
        }
        return kind
    }

    func refuse(_ ordinal: Int, _ answer: Answer) {
        journal.refused(ordinal, answer.status, answer.comment, offers: ladders[ordinal]?.offerCount ?? 1)
        context.metrics.refused.add()
    }

    /// Steps down after an answer that may be about the encoding; false when there is nothing below or enough was
    /// tried.
    func mayTryNextWay(_ ordinal: Int, after answer: Answer) -> Bool {
        guard let ladder = ladders[ordinal], let rung = ladder.current, ladder.rungs.count > 1,
            ladder.offerCount < InstanceLadder.offersMax, session?.session.association.isUsable == true
        else { return false }
        let words = answer.comment.map { "\(answer.status): \($0)" } ?? "\(answer.status)"
        ladders[ordinal]?.stepDown("The destination answered \(words) to it in \(rung.transferSyntax.name).")
        return true
    }

    /// An object that a destination took in a lower way than the ones it answered an error to: the next study begins
    /// there.
    private func noteWhatWorked(_ ordinal: Int) {
        guard let ladder = ladders[ordinal], ladder.offerCount > 1, let uid = ladder.current?.transferSyntax else {
            return
        }
        for syntax in ladder.tried where syntax != uid {
            context.services.capabilities.noteFailure(
                of: syntax, for: ladder.sopClassUID, plan.integration, plan.connection)
        }
    }

    /// How the object differs from what is stored; nil when it does not.
    private func change(_ ordinal: Int, _ object: StoredObject) -> InstanceChange? {
        guard let ladder = ladders[ordinal], let rung = ladder.current else { return nil }
        let made = prepared[ordinal].flatMap { $0.serves(rung) ? $0 : nil }
        if rung.way == .asStored, ladder.reasons.isEmpty { return nil }
        var change = InstanceChange(
            ordinal: ordinal, sopInstanceUID: object.sopInstanceUID,
            transferSyntaxUID: rung.transferSyntax.uid.text)
        if let report = made?.report { change.compression = report.json }
        change.reasons = ladder.reasons + [made?.note ?? rung.reason]
        return change
    }

    func noteNotAccepted(_ ordinal: Int) {
        guard let ladder = ladders[ordinal] else { return }
        let instance = plan.instances[ordinal]
        let stored = instance.transferSyntax
        var words = InstanceSender.refusal(of: instance.sopClassUID, in: stored)
        let others = ladder.tried.filter { $0 != stored }.map(\.name)
        if !others.isEmpty {
            words += " Nor was it taken in what may be sent instead: \(others.joined(separator: ", "))."
        }
        journal.unsendable(
            ordinal,
            DeliveryError(
                .notAccepted, words,
                advice: "Enable this kind of object and encoding at the PACS, then retry the delivery."))
        context.metrics.refused.add()
    }

    func noteUnreadable(_ ordinal: Int, _ reason: String) {
        let uid = plan.instances[ordinal].sopInstanceUID
        logger.error("instance cannot be read", metadata: ["instance": "\(uid)", "error": "\(reason)"])
        journal.unsendable(
            ordinal,
            DeliveryError(
                .storage, "Instance \(uid) cannot be read: \(reason).",
                advice: "Check the blob volume, then upload the instance again."))
    }
}
