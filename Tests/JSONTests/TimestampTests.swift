import JSON
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_790_000_000_123_456, "2026-09-21T14:13:20.123456Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func textBothWays(_ microseconds: Int64, _ text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000000Z"),
        ("2026-01-31t09:30:00z", "2026-01-31T09:30:00.000000Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000000Z"),
        ("2026-01-01T00:30:00.5-00:45", "2026-01-01T01:15:00.500000Z"),
        ("2026-01-01T00:00:00.1234567899Z", "2026-01-01T00:00:00.123456Z"),
    ])
    func otherFormsAreRead(_ text: String, _ canonical: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == canonical)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+24:00", "26-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z", "+026-01-01T00:00:00Z",
    ])
    func malformedTextIsRefused(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() throws {
        var expected = Timestamp.Civil(year: 1899, month: 12, day: 31)
        var moment = try #require(Timestamp(expected))
        for _ in 0..<(146_097 + 2) {
            #expect(moment.civil == expected)
            #expect(Timestamp(expected) == moment)
            expected.day += 1
            if expected.day > Timestamp.dayCount(year: expected.year, month: expected.month) {
                expected.day = 1
                expected.month += 1
            }
            if expected.month > 12 {
                expected.month = 1
                expected.year += 1
            }
            moment = moment.adding(.seconds(86_400))
        }
    }

    @Test func durationsAreAddedAndMeasured() {
        let moment = Timestamp(microseconds: 1_000_000)
        #expect(moment.adding(.milliseconds(-1500)).microseconds == -500_000)
        #expect(moment.adding(.milliseconds(2)).since(moment) == .milliseconds(2))
        #expect(moment.adding(.seconds(Int64.max)).microseconds == .max)
        #expect(moment < moment.adding(.microseconds(1)))
    }
}
