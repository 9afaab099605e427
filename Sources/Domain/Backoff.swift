/// When to try again: full jitter, so that a fleet does not come back at once (AWS Builders' Library, "Timeouts,
/// retries, and backoff with jitter").
package struct Backoff: Sendable, Equatable {
    package var base: Duration
    package var cap: Duration
    /// Failures that count, after which a delivery is given up.
    package var attemptsMax: Int

    package init(base: Duration = .seconds(30), cap: Duration = .seconds(1800), attemptsMax: Int = 12) {
        self.base = base
        self.cap = cap
        self.attemptsMax = attemptsMax
    }

    /// The longest wait after `failureCount` failures (1 or more): `base`, doubled with each, never beyond `cap`.
    package func ceiling(failureCount: Int) -> Duration {
        var wait = base
        for _ in 1..<max(1, min(failureCount, 64)) where wait < cap { wait = wait * 2 }
        return min(wait, cap)
    }

    /// A wait between nothing and the ceiling.
    package func delay(failureCount: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        ceiling(failureCount: failureCount) * Double.random(in: 0..<1, using: &generator)
    }

    package func delay(failureCount: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(failureCount: failureCount, using: &generator)
    }

    /// What follows a failure of a delivery.
    package enum Verdict: Sendable, Equatable {
        case again(after: Duration, countsAttempt: Bool)
        case giveUp
    }

    /// `attempt`: those that counted before this one. A failure of the lane is never a reason to give up; its wait
    /// grows with `laneFailures`, the failures in a row including this one.
    package func verdict(
        after error: DeliveryError, attempt: Int, laneFailures: Int, using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        if error.isLaneLevel {
            return .again(after: delay(failureCount: laneFailures, using: &generator), countsAttempt: false)
        }
        guard attempt + 1 < attemptsMax else { return .giveUp }
        return .again(after: delay(failureCount: attempt + 1, using: &generator), countsAttempt: true)
    }
}
