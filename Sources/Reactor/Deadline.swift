internal import Glibc

/// A point on the monotonic clock after which waiting ends; nanoseconds since boot.
package struct Deadline: Comparable, Hashable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Never reached.
    package static let never = Deadline(nanoseconds: .max)

    package static var now: Deadline {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Deadline(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    package static func after(_ duration: Duration) -> Deadline { now.adding(duration) }

    package func adding(_ duration: Duration) -> Deadline {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0, seconds < 1 << 32, self != .never else {
            return seconds < 0 || attoseconds < 0 ? self : .never
        }
        return Deadline(
            nanoseconds: nanoseconds + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }

    package var isPast: Bool { self <= .now }

    /// Time from now, never negative.
    package var remaining: Duration {
        let now = Deadline.now
        return self <= now ? .zero : .nanoseconds(Int64(clamping: nanoseconds - now.nanoseconds))
    }

    package static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }
}
