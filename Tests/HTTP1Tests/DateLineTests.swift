import Testing

@testable import HTTP1

@Suite struct DateLineTests {
    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),  // the example of RFC 9110 5.6.7
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"),
        ] as [(Int64, String)])
    func text(_ second: Int64, _ expected: String) {
        #expect(DateLine.text(second: second) == expected)
    }
}
