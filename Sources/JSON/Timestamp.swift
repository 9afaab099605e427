/// A moment: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The moment `duration` later (earlier when negative); finer parts than a microsecond are dropped.
    package func adding(_ duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, overflow2) = microseconds.addingReportingOverflow(whole + attoseconds / 1_000_000_000_000)
        guard !overflow, !overflow2 else { return Timestamp(microseconds: seconds < 0 ? .min : .max) }
        return Timestamp(microseconds: sum)
    }

    /// The time from `earlier` to this moment.
    package func since(_ earlier: Timestamp) -> Duration {
        .microseconds(microseconds.subtractingReportingOverflow(earlier.microseconds).partialValue)
    }

    /// Date and time of day in UTC, proleptic Gregorian calendar.
    package struct Civil: Equatable, Sendable {
        package var year: Int
        package var month: Int
        package var day: Int
        package var hour = 0
        package var minute = 0
        package var second = 0
        package var microsecond = 0

        /// Midnight; the time of day can be set afterwards.
        package init(year: Int, month: Int, day: Int) {
            self.year = year
            self.month = month
            self.day = day
        }
    }

    package var civil: Civil {
        let perDay: Int64 = 86_400_000_000
        let days = Int((microseconds - microseconds.modulo(perDay)) / perDay)
        let rest = Int(microseconds.modulo(perDay))
        var civil = Self.date(daysSince1970: days)
        civil.hour = rest / 3_600_000_000
        civil.minute = rest / 60_000_000 % 60
        civil.second = rest / 1_000_000 % 60
        civil.microsecond = rest % 1_000_000
        return civil
    }

    /// Nil when a field is out of its range or the day is not in the calendar. Years 0 to 9999.
    package init?(_ civil: Civil) {
        guard 0...9999 ~= civil.year, 1...12 ~= civil.month,
            civil.day >= 1, civil.day <= Self.dayCount(year: civil.year, month: civil.month),
            0...23 ~= civil.hour, 0...59 ~= civil.minute, 0...59 ~= civil.second, 0...999_999 ~= civil.microsecond
        else { return nil }
        let days = Self.daysSince1970(year: civil.year, month: civil.month, day: civil.day)
        let seconds = ((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second
        microseconds = Int64(seconds) * 1_000_000 + Int64(civil.microsecond)
    }

    package static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Eras of 400 years that begin on March 1, so that the leap day is the last of its year
    // (Howard Hinnant, "chrono-compatible low-level date algorithms").

    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSince1970 days: Int) -> Civil {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let month = m < 10 ? m + 3 : m - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return Civil(year: year, month: month, day: dayOfYear - (153 * m + 2) / 5 + 1)
    }
}

extension Int64 {
    /// The remainder that is never negative.
    fileprivate func modulo(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with six decimals: `2026-11-23T02:39:08.000000Z`. The same length for every year from 0 to 9999,
    /// so that order of text is order of time.
    package var rfc3339: String {
        let c = civil
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = "\(padded(c.year, 4))-\(padded(c.month, 2))-\(padded(c.day, 2))"
        let time = "\(padded(c.hour, 2)):\(padded(c.minute, 2)):\(padded(c.second, 2))"
        return "\(date)T\(time).\(padded(c.microsecond, 6))Z"
    }

    package var description: String { rfc3339 }

    /// Reads RFC 3339 with any offset from UTC. Decimals beyond the sixth are dropped. Nil when malformed, for days
    /// that are not in the calendar, and for second 60.
    package init?(rfc3339 text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        guard let year = rest.number(4), rest.take("-"), let month = rest.number(2), rest.take("-"),
            let day = rest.number(2), rest.take("T") || rest.take("t"),
            let hour = rest.number(2), rest.take(":"), let minute = rest.number(2), rest.take(":"),
            let second = rest.number(2), let microsecond = rest.fraction(), let offset = rest.zoneOffsetMinutes(),
            rest.isEmpty
        else { return nil }
        var civil = Civil(year: year, month: month, day: day)
        civil.hour = hour
        civil.minute = minute
        civil.second = second
        civil.microsecond = microsecond
        guard let local = Timestamp(civil) else { return nil }
        self.init(microseconds: local.microseconds - Int64(offset) * 60_000_000)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let next = first, UInt32(next) == character.value else { return false }
        removeFirst()
        return true
    }

    /// Exactly `digitCount` digits.
    fileprivate mutating func number(_ digitCount: Int) -> Int? {
        guard count >= digitCount else { return nil }
        var value = 0
        for _ in 0..<digitCount {
            let digit = Int(removeFirst()) - 0x30
            guard 0...9 ~= digit else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Microseconds; 0 when there is no fraction.
    fileprivate mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var digitCount = 0
        while let next = first, 0x30...0x39 ~= next {
            removeFirst()
            if digitCount < 6 { value = value * 10 + Int(next) - 0x30 }
            digitCount += 1
        }
        guard digitCount > 0 else { return nil }
        for _ in Swift.min(digitCount, 6)..<6 { value *= 10 }
        return value
    }

    fileprivate mutating func zoneOffsetMinutes() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}
