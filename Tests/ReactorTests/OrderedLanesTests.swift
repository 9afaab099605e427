import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Reactor

@Suite struct OrderedLanesTests {
    private struct Failed: Error, Equatable { let number: Int }

    /// Work of a length that the seed gives, without sleeping.
    private static func burn(_ rounds: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: rounds)
        return (0..<rounds).reduce(0) { sum, _ in sum ^ generator.next() }
    }

    @Test(arguments: [1, 2, 4, 9])
    func resultsAreTakenInOrderHoweverLongEachTakes(lanes: Int) throws {
        for seed in 0..<20 as Range<UInt64> {
            let started = Mutex(Set<Int>())
            let ahead = Mutex(0)
            let taken = Atomic(0)
            var numbers: [Int] = []
            try OrderedLanes.run(count: 50, lanes: lanes) {
                { (number: Int) throws(Failed) -> Int in
                    let distance = number - taken.load(ordering: .relaxed)
                    ahead.withLock { $0 = max($0, distance) }
                    let isNew = started.withLock { $0.insert(number).inserted }
                    var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
                    return Self.burn(generator.next() % 2000) == 0 && isNew ? -number : number
                }
            } take: { (number, result) throws(Failed) in
                numbers.append(number)
                #expect(abs(result) == number)
                taken.add(1, ordering: .relaxed)
            }
            #expect(numbers == Array(0..<50))
            #expect(started.withLock { $0.count } == 50)
            // `taken` is raised after the window has moved on, by one piece at most.
            #expect(ahead.withLock { $0 } <= 2 * lanes)
        }
    }

    @Test func oneLaneUsesTheCallingThread() throws {
        let here = pthread_self()
        try OrderedLanes.run(count: 3, lanes: 1) {
            { (_: Int) throws(Failed) -> Bool in pthread_equal(here, pthread_self()) != 0 }
        } take: { (_, isHere) throws(Failed) in
            #expect(isHere)
        }
    }

    /// The piece with the higher number fails first; that of the lower number is what one lane would have met.
    @Test func theErrorOfTheLowestNumberIsThrown() {
        let laterFailed = DispatchSemaphore(value: 0)
        var taken: [Int] = []
        #expect(throws: Failed(number: 2)) {
            try OrderedLanes.run(count: 100, lanes: 4) {
                { (number: Int) throws(Failed) -> Int in
                    if number == 3 {
                        laterFailed.signal()
                        throw Failed(number: 3)
                    }
                    if number == 2 {
                        laterFailed.wait()
                        throw Failed(number: 2)
                    }
                    return number
                }
            } take: { (number, _) throws(Failed) in
                taken.append(number)
            }
        }
        #expect(taken == [0, 1])
    }

    @Test(arguments: [1, 4])
    func anErrorStopsAllLanes(lanes: Int) {
        let begun = Atomic(0)
        #expect(throws: Failed(number: 5)) {
            try OrderedLanes.run(count: 10_000, lanes: lanes) {
                { (number: Int) throws(Failed) -> Int in
                    begun.add(1, ordering: .relaxed)
                    if number == 5 { throw Failed(number: 5) }
                    return number
                }
            } take: { (_, _) throws(Failed) in
            }
        }
        #expect(begun.load(ordering: .relaxed) <= 6 + 2 * lanes)
    }

    @Test(arguments: [1, 4])
    func anErrorOfTheTakerStopsAllLanes(lanes: Int) {
        let begun = Atomic(0)
        #expect(throws: Failed(number: 7)) {
            try OrderedLanes.run(count: 10_000, lanes: lanes) {
                { (number: Int) throws(Failed) -> Int in
                    begun.add(1, ordering: .relaxed)
                    return number
                }
            } take: { (number, _) throws(Failed) in
                if number == 7 { throw Failed(number: 7) }
            }
        }
        #expect(begun.load(ordering: .relaxed) <= 8 + 2 * lanes)
    }

    @Test func nothingToDoIsDone() throws {
        try OrderedLanes.run(count: 0, lanes: 4) {
            { (number: Int) throws(Failed) -> Int in throw Failed(number: number) }
        } take: { (number, _) throws(Failed) in
            throw Failed(number: number)
        }
    }
}
