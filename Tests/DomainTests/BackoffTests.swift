import Domain
import JSON
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff()
    private let aborted = DeliveryError(.aborted, "m", advice: "a")
    private let down = DeliveryError(.connect, "m", advice: "a")

    @Test func theCeilingDoublesUpToTheCap() {
        let expected: [(Int, Int)] = [(0, 30), (1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (100, 1800)]
        for (failures, seconds) in expected {
            #expect(backoff.ceiling(failureCount: failures) == .seconds(seconds), "\(failures)")
        }
    }

    @Test func theDelayIsAnywhereBelowTheCeiling() {
        var generator = SystemRandomNumberGenerator()
        for failures in 1...20 {
            let delay = backoff.delay(failureCount: failures, using: &generator)
            #expect(delay >= .zero && delay < backoff.ceiling(failureCount: failures))
        }
    }

    @Test func theTwelfthFailureEndsADelivery() {
        var generator = SystemRandomNumberGenerator()
        for attempt in 0..<11 {
            let verdict = backoff.verdict(after: aborted, attempt: attempt, laneFailures: 0, using: &generator)
            guard case .again(_, countsAttempt: true) = verdict else { return #expect(Bool(false), "\(attempt)") }
        }
        #expect(backoff.verdict(after: aborted, attempt: 11, laneFailures: 0, using: &generator) == .giveUp)
    }

    @Test func aFailureOfTheLaneIsNeverAReasonToGiveUp() {
        var generator = SystemRandomNumberGenerator()
        let verdict = backoff.verdict(after: down, attempt: 11, laneFailures: 500, using: &generator)
        guard case .again(_, countsAttempt: false) = verdict else { return #expect(Bool(false), "\(verdict)") }
    }
}
