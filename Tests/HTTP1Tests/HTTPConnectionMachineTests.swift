import Testing

@testable import HTTP1

@Suite struct HTTPConnectionMachineTests {
    struct Row: Sendable {
        let wantsKeepAlive: Bool
        let unread: RequestBody.Unread
        let keepsAlive: Bool
        let step: HTTPConnectionMachine.Step
    }

    static let rows: [Row] = [
        Row(wantsKeepAlive: true, unread: .nothing, keepsAlive: true, step: .readHead),
        Row(wantsKeepAlive: false, unread: .nothing, keepsAlive: false, step: .close),
        Row(wantsKeepAlive: true, unread: .counted(100), keepsAlive: true, step: .drainBody(byteCountMax: 100)),
        Row(wantsKeepAlive: true, unread: .counted(101), keepsAlive: false, step: .linger),
        Row(wantsKeepAlive: false, unread: .counted(1), keepsAlive: false, step: .linger),
        Row(wantsKeepAlive: true, unread: .chunked, keepsAlive: true, step: .drainBody(byteCountMax: 100)),
        Row(wantsKeepAlive: true, unread: .notBegun, keepsAlive: false, step: .linger),
        Row(wantsKeepAlive: true, unread: .broken, keepsAlive: false, step: .linger),
    ]

    @Test(arguments: rows)
    func afterAnAnswer(_ row: Row) {
        var machine = HTTPConnectionMachine(drainByteCountMax: 100)
        machine.headRead()
        let keepsAlive = machine.answerBegins(wantsKeepAlive: row.wantsKeepAlive, unread: row.unread)
        let step = machine.answerEnded(unread: row.unread)
        #expect(keepsAlive == row.keepsAlive)
        #expect(step == row.step)
    }

    @Test func shutDownEndsTheConnectionAfterTheAnswer() {
        var machine = HTTPConnectionMachine(drainByteCountMax: 100)
        machine.headRead()
        machine.shutDown()
        let keepsAlive = machine.answerBegins(wantsKeepAlive: true, unread: .nothing)
        let step = machine.answerEnded(unread: .nothing)
        #expect(!keepsAlive)
        #expect(step == .close)
    }

    @Test(arguments: [true, false])
    func drainedBodyDecides(_ isComplete: Bool) {
        var machine = HTTPConnectionMachine(drainByteCountMax: 100)
        machine.headRead()
        _ = machine.answerBegins(wantsKeepAlive: true, unread: .chunked)
        _ = machine.answerEnded(unread: .chunked)
        let step = machine.bodyDrained(isComplete)
        #expect(step == (isComplete ? .readHead : .linger))
        #expect(machine.state == (isComplete ? .reading : .lingering))
    }

    @Test func refusalLingers() {
        var machine = HTTPConnectionMachine(drainByteCountMax: 100)
        let step = machine.refusalWritten()
        #expect(step == .linger)
    }
}
