@testable import Postgres
import Testing

@Suite struct RetryPolicyTests {
    private func server(_ code: String) -> PostgresError {
        .server(
            ServerError(
                state: SQLState(code), message: "", detail: nil, constraint: nil, table: nil, statement: "s"))
    }

    @Test(arguments: [
        ("40001", 5), ("40P01", 5), ("26000", 1), ("42P05", 1), ("0A000", 1), ("57P01", 3), ("23505", 0), ("42601", 0),
    ])
    func aServerErrorIsRepeatedSoOften(_ code: String, _ expected: Int) {
        var policy = RetryPolicy(isRepeatable: true)
        var count = 0
        while count < 10, policy.pause(after: server(code), jitter: 1) != nil { count += 1 }
        #expect(count == expected)
    }

    @Test func whatMayHaveBeenCommittedIsNeverRepeated() {
        var policy = RetryPolicy(isRepeatable: true)
        #expect(policy.pause(after: .unknownOutcome(""), jitter: 1) == nil)
        #expect(policy.pause(after: .timedOut(during: ""), jitter: 1) == nil)
        var forbidden = RetryPolicy(isRepeatable: false)
        #expect(forbidden.pause(after: server("40001"), jitter: 1) == nil)
    }
}
