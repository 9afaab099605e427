import DICOMNetwork
import Domain
import Store
import Testing

@testable import Forwarding

@Suite struct DeliveryJournalTests {
    private func journal(
        _ count: Int, done: [Int] = [], exceptions: [InstanceException] = [], isFresh: Bool = true
    ) -> DeliveryJournal {
        var bitmap = InstanceBitmap(count: count)
        for ordinal in done { bitmap[ordinal] = true }
        return DeliveryJournal(done: bitmap, exceptions: exceptions, isFresh: isFresh, processingFailuresMax: 5)
    }

    @Test func everyInstanceDeliveredIsDelivered() {
        var journal = journal(3, done: [1])
        #expect(journal.open == [0, 2])
        journal.delivered(0, .success, nil, byteCount: 10)
        #expect(journal.finalState == .failed)
        journal.delivered(2, .success, nil, byteCount: 20)
        #expect(journal.finalState == .delivered)
        #expect(journal.open.isEmpty)
        #expect(journal.unsavedCount == 2)
        #expect(journal.byteCount == 30)
        #expect(journal.attemptAccount == .init(runs: [.init(status: 0, count: 2)], delivered: [0, 2]))
        #expect(journal.deliveryAccount == .init(runs: [.init(status: 0, count: 3)], delivered: [0, 1, 2]))
    }

    @Test func aWarningIsKept() {
        var journal = journal(2)
        journal.delivered(0, .coercionOfDataElements, "patient ID coerced", byteCount: 1)
        journal.delivered(1, .success, nil, byteCount: 1)
        #expect(journal.finalState == .deliveredWithWarnings)
        #expect(journal.progress.exceptions.map(\.status) == [0xB000])
        #expect(journal.progress.exceptions[0].text.hasSuffix(": patient ID coerced"))
        #expect(
            journal.deliveryAccount.runs == [.init(status: 0xB000, count: 1), .init(status: 0, count: 1)])
    }

    @Test func refusedInstancesAreNotSentAgainUnlessSomebodyAsks() {
        let refused = InstanceException(ordinal: 1, status: 0x0117, text: "0117H invalid SOP instance")
        let later = journal(3, exceptions: [refused], isFresh: false)
        #expect(later.open == [0, 2])
        #expect(later.permanentError?.status == 0x0117)
        let retried = journal(3, exceptions: [refused], isFresh: true)
        #expect(retried.open == [0, 1, 2])
        #expect(retried.permanentError == nil)
    }

    @Test func postponedInstancesAreGivenUpAfterTheFifthTime() {
        let before = InstanceException(ordinal: 0, status: 0x0110, attempts: 3, text: "0110H processing failure")
        var journal = journal(1, exceptions: [before], isFresh: false)
        #expect(journal.open == [0])
        journal.postponed(0, .processingFailure, nil)
        #expect(journal.transientError != nil)
        #expect(journal.permanentError == nil)
        journal.postponed(0, .processingFailure, nil)
        #expect(journal.permanentError?.status == 0x0110)
        #expect(journal.open.isEmpty)
    }

    @Test func whatWasNeverSentIsNoAnswerOfTheDestination() {
        var journal = journal(2)
        journal.unsendable(0, DeliveryError(.notAccepted, "not accepted", advice: "enable it"))
        journal.delivered(1, .success, nil, byteCount: 1)
        #expect(journal.finalState == .failed)
        #expect(journal.permanentError?.class == .notAccepted)
        #expect(journal.deliveryAccount == .init(runs: [.init(status: 0, count: 1)], delivered: [1]))
        #expect(journal.open.isEmpty)
    }
}
