internal import Glibc

/// Waiting on one descriptor, on a thread that may block.
enum Readiness {
    enum Outcome: Equatable {
        /// Ready, hung up or broken: the next call will tell.
        case ready
        case deadline
    }

    /// `deadline` nil waits for ever. A descriptor of -1 is never ready.
    static func wait(_ descriptor: CInt, _ events: CInt, until deadline: ContinuousClock.Instant?) -> Outcome {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
            let result = unsafe poll(&entry, 1, milliseconds(until: deadline))
            if result > 0 { return .ready }
            if result < 0, errno != EINTR { return .ready }
            if let deadline, ContinuousClock.now >= deadline { return .deadline }
        }
    }

    /// Rounded up, so that a wait does not end just before its time; -1 for ever.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> CInt {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = max(deadline - .now, .zero).components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return CInt(seconds) * 1000 + CInt(attoseconds / 1_000_000_000_000_000) + 1
    }
}
