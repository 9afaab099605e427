internal import Reactor

/// Who gets which connection, and when connections are made: no input or output, events in, actions out.
///
/// First come, first served. The connection used last is used first, so that the others grow old and the pool shrinks
/// to what is needed. A connection that cannot be made is tried again after a pause that doubles, while callers go on
/// waiting.
struct PoolMachine {
    enum Action: Equatable {
        case lease(waiter: Int, connection: Int, validate: Bool)
        /// The waiter's deadline passed; `isDatabaseAway` when no connection could be made, rather than all being busy.
        case fail(waiter: Int, isDatabaseAway: Bool)
        case connect(connection: Int, after: Duration)
        case close(connection: Int)
    }

    private struct Waiter {
        let id: Int
        let deadline: Deadline
    }

    private struct Idle {
        let id: Int
        let since: Deadline
    }

    static let pauseMin = Duration.milliseconds(100)
    static let pauseMax = Duration.seconds(5)

    private let connectionsMax: Int
    private let idleBeforeValidation: Duration
    private var waiters: [Waiter] = []
    private var idle: [Idle] = []
    private var expiry: [Int: Deadline] = [:]
    private var connecting = 0
    private var leased = 0
    private var failures = 0
    private var lastConnection = 0
    private var isClosed = false

    init(connectionsMax: Int, idleBeforeValidation: Duration) {
        self.connectionsMax = connectionsMax
        self.idleBeforeValidation = idleBeforeValidation
    }

    var waiterCount: Int { waiters.count }
    var idleCount: Int { idle.count }
    var leasedCount: Int { leased }
    var nextDeadline: Deadline? { waiters.lazy.map(\.deadline).min() }

    mutating func acquire(_ waiter: Int, deadline: Deadline, now: Deadline) -> [Action] {
        waiters.append(Waiter(id: waiter, deadline: deadline))
        return serve(now)
    }

    mutating func connected(_ connection: Int, expires: Deadline, now: Deadline) -> [Action] {
        connecting -= 1
        failures = 0
        if isClosed { return [.close(connection: connection)] }
        expiry[connection] = expires
        idle.append(Idle(id: connection, since: now))
        return serve(now)
    }

    /// `jitter` is a random number from 0 to 1.
    mutating func connectFailed(jitter: Double, now: Deadline) -> [Action] {
        connecting -= 1
        failures = min(failures + 1, 16)
        return serve(now, jitter: jitter)
    }

    /// A caller is done; `isReusable` is false when the connection broke, and then the driver has closed it.
    mutating func released(_ connection: Int, isReusable: Bool, now: Deadline) -> [Action] {
        leased -= 1
        var actions: [Action] = []
        if isReusable, !isClosed, (expiry[connection] ?? now) > now {
            idle.append(Idle(id: connection, since: now))
        } else {
            expiry[connection] = nil
            if isReusable { actions.append(.close(connection: connection)) }
        }
        return actions + serve(now)
    }

    /// Fails those whose deadline has passed and closes idle connections at the end of their life.
    mutating func tick(now: Deadline) -> [Action] {
        let late = waiters.filter { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        return late.map { .fail(waiter: $0.id, isDatabaseAway: failures > 0 && leased == 0) }
            + closeExpired(now)
    }

    /// Fails all waiters and closes what is idle; what is leased is closed when it comes back.
    mutating func close() -> [Action] {
        isClosed = true
        defer {
            waiters = []
            idle = []
        }
        return waiters.map { .fail(waiter: $0.id, isDatabaseAway: false) } + idle.map { .close(connection: $0.id) }
    }

    private mutating func closeExpired(_ now: Deadline) -> [Action] {
        let expired = idle.filter { (expiry[$0.id] ?? now) <= now }
        idle.removeAll { entry in expired.contains { $0.id == entry.id } }
        for entry in expired { expiry[entry.id] = nil }
        return expired.map { .close(connection: $0.id) }
    }

    private mutating func serve(_ now: Deadline, jitter: Double = 0) -> [Action] {
        var actions: [Action] = []
        while let waiter = waiters.first {
            guard let connection = idle.popLast() else { break }
            if (expiry[connection.id] ?? now) <= now {
                expiry[connection.id] = nil
                actions.append(.close(connection: connection.id))
                continue
            }
            waiters.removeFirst()
            leased += 1
            let isStale = connection.since.adding(idleBeforeValidation) <= now
            actions.append(.lease(waiter: waiter.id, connection: connection.id, validate: isStale))
        }
        // While connections fail, one attempt at a time is enough to learn that the database is back.
        let attemptsMax = failures > 0 ? 1 : waiters.count
        while !isClosed, connecting < min(waiters.count, attemptsMax), connecting + leased + idle.count < connectionsMax
        {
            connecting += 1
            lastConnection += 1
            actions.append(.connect(connection: lastConnection, after: pause(jitter)))
        }
        return actions
    }

    /// The first attempt comes at once; after n failures 100 ms x 2^(n-1), at most 5 s, of which half is chance.
    private func pause(_ jitter: Double) -> Duration {
        guard failures > 0 else { return .zero }
        let full = min(Self.pauseMin * (1 << (failures - 1)), Self.pauseMax)
        return full / 2 + full / 2 * jitter
    }
}
