import Testing

@testable import DICOMNetwork

@Suite struct AcknowledgementPolicyTests {
    private func policy(after responses: Int) -> AcknowledgementPolicy {
        var policy = AcknowledgementPolicy()
        for _ in 0..<responses { policy.responded(inPieces: false, afterNanoseconds: 100_000) }
        return policy
    }

    @Test func wholeResponsesEndIt() {
        #expect(policy(after: 0).isAtOnce)
        #expect(policy(after: AcknowledgementPolicy.wholeEnough - 1).isAtOnce)
        #expect(!policy(after: AcknowledgementPolicy.wholeEnough).isAtOnce)
    }

    @Test func aResponseInPiecesSettlesIt() {
        var policy = policy(after: 3)
        policy.responded(inPieces: true, afterNanoseconds: 100_000)
        for _ in 0..<100 { policy.responded(inPieces: false, afterNanoseconds: 100_000) }
        #expect(policy.isAtOnce)
    }

    @Test func aSlowResponseBringsItBackForGood() {
        var policy = policy(after: AcknowledgementPolicy.wholeEnough)
        policy.responded(inPieces: false, afterNanoseconds: 45_000_000)
        #expect(policy.isAtOnce)
        for _ in 0..<100 { policy.responded(inPieces: false, afterNanoseconds: 100_000) }
        #expect(policy.isAtOnce)
    }

    @Test func slowResponsesProveNothingWhileOn() {
        var policy = AcknowledgementPolicy()
        for _ in 0..<AcknowledgementPolicy.wholeEnough {
            policy.responded(inPieces: false, afterNanoseconds: 45_000_000)
        }
        #expect(!policy.isAtOnce)
    }
}
