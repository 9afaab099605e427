@testable import Postgres
import Reactor
import TestSupport
import Testing

@Suite struct PoolMachineTests {
    private func at(_ seconds: Int) -> Deadline { Deadline(nanoseconds: UInt64(seconds) * 1_000_000_000) }

    private func machine(connectionsMax: Int = 2) -> PoolMachine {
        PoolMachine(connectionsMax: connectionsMax, idleBeforeValidation: .seconds(10))
    }

    @Test func theFirstCallerMakesAConnectionAndGetsIt() {
        var machine = machine()
        #expect(machine.acquire(1, deadline: at(5), now: at(0)) == [.connect(connection: 1, after: .zero)])
        #expect(
            machine.connected(1, expires: at(99), now: at(0)) == [.lease(waiter: 1, connection: 1, validate: false)])
        #expect(machine.released(1, isReusable: true, now: at(1)) == [])
        #expect(machine.acquire(2, deadline: at(5), now: at(2)) == [.lease(waiter: 2, connection: 1, validate: false)])
    }

    @Test func callersAreServedInTheOrderTheyCame() {
        var machine = machine(connectionsMax: 1)
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        #expect(machine.acquire(2, deadline: at(5), now: at(0)) == [])
        #expect(machine.acquire(3, deadline: at(5), now: at(0)) == [])
        _ = machine.connected(1, expires: at(99), now: at(0))
        #expect(
            machine.released(1, isReusable: true, now: at(1)) == [.lease(waiter: 2, connection: 1, validate: false)])
        #expect(
            machine.released(1, isReusable: true, now: at(1)) == [.lease(waiter: 3, connection: 1, validate: false)])
    }

    @Test func aBrokenConnectionIsReplacedForThoseWhoWait() {
        var machine = machine(connectionsMax: 1)
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        _ = machine.connected(1, expires: at(99), now: at(0))
        _ = machine.acquire(2, deadline: at(5), now: at(0))
        #expect(machine.released(1, isReusable: false, now: at(1)) == [.connect(connection: 2, after: .zero)])
    }

    @Test func aConnectionIdleForLongIsValidated() {
        var machine = machine()
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        _ = machine.connected(1, expires: at(99), now: at(0))
        _ = machine.released(1, isReusable: true, now: at(1))
        #expect(machine.acquire(2, deadline: at(20), now: at(11)) == [.lease(waiter: 2, connection: 1, validate: true)])
    }

    @Test func aConnectionAtTheEndOfItsLifeIsReplaced() {
        var machine = machine()
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        _ = machine.connected(1, expires: at(50), now: at(0))
        _ = machine.released(1, isReusable: true, now: at(49))
        #expect(
            machine.acquire(2, deadline: at(60), now: at(50))
                == [.close(connection: 1), .connect(connection: 2, after: .zero)])
    }

    @Test func aCallerWhoseDeadlinePassesGetsATypedError() {
        var machine = machine(connectionsMax: 1)
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        _ = machine.connected(1, expires: at(99), now: at(0))
        _ = machine.acquire(2, deadline: at(5), now: at(0))
        #expect(machine.tick(now: at(4)) == [])
        #expect(machine.tick(now: at(5)) == [.fail(waiter: 2, isDatabaseAway: false)])
        #expect(machine.released(1, isReusable: true, now: at(6)) == [])
    }

    @Test func connectingPausesLongerAndLongerAndCallersWait() {
        var machine = machine()
        _ = machine.acquire(1, deadline: at(50), now: at(0))
        _ = machine.acquire(2, deadline: at(50), now: at(0))
        #expect(machine.connectFailed(jitter: 1, now: at(0)) == [])
        #expect(machine.connectFailed(jitter: 1, now: at(0)) == [.connect(connection: 3, after: .milliseconds(200))])
        #expect(machine.connectFailed(jitter: 0, now: at(1)) == [.connect(connection: 4, after: .milliseconds(200))])
        for _ in 0..<9 { _ = machine.connectFailed(jitter: 1, now: at(2)) }
        #expect(machine.connectFailed(jitter: 1, now: at(9)) == [.connect(connection: 14, after: .seconds(5))])
        #expect(
            machine.tick(now: at(50))
                == [.fail(waiter: 1, isDatabaseAway: true), .fail(waiter: 2, isDatabaseAway: true)])
    }

    @Test func closeFailsWaitersAndLateConnectionsAreClosed() {
        var machine = machine()
        _ = machine.acquire(1, deadline: at(5), now: at(0))
        #expect(machine.close() == [.fail(waiter: 1, isDatabaseAway: false)])
        #expect(machine.connected(1, expires: at(99), now: at(1)) == [.close(connection: 1)])
    }

    /// Whatever happens: never more connections than allowed, each leased to one caller, each caller answered once.
    @Test(arguments: 0..<200 as Range<UInt64>) func randomEventsKeepTheInvariants(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var machine = PoolMachine(connectionsMax: 3, idleBeforeValidation: .seconds(10))
        var (connecting, open, leased) = (Set<Int>(), Set<Int>(), Set<Int>())
        var (asked, answered, clock) = (0, Set<Int>(), 0)
        for _ in 0..<300 {
            clock += Int.random(in: 0...2, using: &random)
            var actions: [PoolMachine.Action] = []
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                asked += 1
                actions = machine.acquire(asked, deadline: at(clock + 5), now: at(clock))
            case 1:
                guard let id = connecting.min() else { continue }
                connecting.remove(id)
                open.insert(id)
                actions = machine.connected(id, expires: at(clock + 20), now: at(clock))
            case 2:
                guard let id = connecting.min() else { continue }
                connecting.remove(id)
                actions = machine.connectFailed(jitter: 0.5, now: at(clock))
            case 3:
                guard let id = leased.min() else { continue }
                leased.remove(id)
                let isReusable = Bool.random(using: &random)
                if !isReusable { open.remove(id) }
                actions = machine.released(id, isReusable: isReusable, now: at(clock))
            default: actions = machine.tick(now: at(clock))
            }
            for action in actions {
                switch action {
                case .lease(let waiter, let connection, _):
                    #expect(open.contains(connection) && leased.insert(connection).inserted)
                    #expect(answered.insert(waiter).inserted)
                case .fail(let waiter, _): #expect(answered.insert(waiter).inserted)
                case .connect(let connection, _): connecting.insert(connection)
                case .close(let connection): #expect(open.remove(connection) != nil && !leased.contains(connection))
                }
            }
            #expect(open.count + connecting.count <= 3)
        }
    }
}
