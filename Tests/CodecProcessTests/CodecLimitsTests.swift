import CodecProcess
import Testing

@Suite struct CodecLimitsTests {
    @Test func theClockEndsLaterThanTheProcessor() {
        let limits = CodecLimits()
        #expect(limits.wallTimeMax > limits.cpuTimeMax)
    }
}
