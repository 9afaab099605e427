/// What one connection does next: pure, so that each rule is one line of a table in a test.
///
///     reading --head--> answering --answer ended--> reading | draining | lingering | closed
///     reading --refusal--> lingering          draining --body ended--> reading, or closed
struct HTTPConnectionMachine: Equatable {
    enum State: Equatable { case reading, answering, draining, lingering, closed }

    /// What the driver does after an answer.
    enum Step: Equatable {
        case readHead
        /// Read and drop the rest of the request's body, up to so many bytes.
        case drainBody(byteCountMax: Int)
        /// End our side, then read and drop what still comes, so that the answer is not lost to a reset.
        case linger
        case close
    }

    private(set) var state = State.reading
    private let drainByteCountMax: Int
    private var isShuttingDown = false
    private var keepsAlive = true
    private var unread = RequestBody.Unread.nothing

    init(drainByteCountMax: Int) { self.drainByteCountMax = drainByteCountMax }

    /// No request follows the current one.
    mutating func shutDown() { isShuttingDown = true }

    mutating func headRead() {
        precondition(state == .reading, "a head was read while another request was answered")
        state = .answering
    }

    /// The answer begins; whether the connection goes on after it, which its head has to say.
    mutating func answerBegins(wantsKeepAlive: Bool, unread: RequestBody.Unread) -> Bool {
        precondition(state == .answering, "an answer without a request")
        self.unread = unread
        keepsAlive = wantsKeepAlive && !isShuttingDown && canDrain(unread)
        return keepsAlive
    }

    /// The answer is written; `unread` may have shrunk if the handler read on while it answered.
    mutating func answerEnded(unread: RequestBody.Unread) -> Step {
        self.unread = unread
        guard keepsAlive, canDrain(unread) else { return ending(hasUnread: unread != .nothing) }
        if unread == .nothing {
            state = .reading
            return .readHead
        }
        state = .draining
        return .drainBody(byteCountMax: drainByteCountMax)
    }

    mutating func bodyDrained(_ isComplete: Bool) -> Step {
        precondition(state == .draining, "nothing was to be drained")
        if !isComplete { return ending(hasUnread: true) }
        state = .reading
        return .readHead
    }

    /// A request that could not be understood was answered; whatever follows it cannot be understood either.
    mutating func refusalWritten() -> Step { ending(hasUnread: true) }

    private mutating func ending(hasUnread: Bool) -> Step {
        state = hasUnread ? .lingering : .closed
        return hasUnread ? .linger : .close
    }

    private func canDrain(_ unread: RequestBody.Unread) -> Bool {
        switch unread {
        case .nothing, .chunked: true
        case .counted(let count): count <= drainByteCountMax
        case .notBegun, .broken: false
        }
    }
}
