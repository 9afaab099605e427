internal import CLinux
internal import Glibc

/// Numbered pieces of work on several threads, their results taken in order on the calling thread.
///
/// A lane gets the lowest number that nobody has, but never one that is `window` or more ahead of what was taken: so
/// what waits is bounded however long one piece takes. An error stops all lanes.
package enum OrderedLanes {
    /// Returns when everything was taken and every lane has ended, or throws the error of the lowest number: the same
    /// one that a single lane would have met.
    ///
    /// - Parameters:
    ///   - count: pieces of work, numbered from 0.
    ///   - lanes: threads; with one there is none, and the work is done on the calling thread.
    ///   - makeLane: called once on each thread; what it returns is called on that thread alone.
    ///   - take: called on the calling thread, in order.
    package static func run<Piece: Sendable, Failure: Error>(
        count: Int, lanes: Int, makeLane: @escaping @Sendable () -> (Int) throws(Failure) -> Piece,
        take: (Int, Piece) throws(Failure) -> Void
    ) throws(Failure) {
        guard lanes > 1, count > 1 else {
            let work = makeLane()
            for number in 0..<count { try take(number, try work(number)) }
            return
        }
        let lanes = min(lanes, count)
        let window = OrderedWindow<Piece, Failure>(count: count, ahead: 2 * lanes, lanes: lanes)
        for _ in 0..<lanes {
            NativeThread.start("lane") {
                let work = makeLane()
                while let number = window.next() {
                    do throws(Failure) {
                        window.finish(number, .success(try work(number)))
                    } catch {
                        window.finish(number, .failure(error))
                    }
                }
                window.leave()
            }
        }
        do throws(Failure) {
            for number in 0..<count { try take(number, try window.take(number)) }
        } catch {
            window.stop()
            window.waitUntilLeft()
            throw error
        }
        window.waitUntilLeft()
    }
}

/// What lanes and taker share.
private final class OrderedWindow<Piece: Sendable, Failure: Error>: @unchecked Sendable {
    private let monitor = Monitor()
    private let count: Int
    private let ahead: Int
    // Guarded by the monitor.
    private var lanes: Int
    private var nextNumber = 0
    private var takenCount = 0
    private var finished: [Int: Result<Piece, Failure>] = [:]
    /// No lane begins another piece. Those with lower numbers than a failed one were begun before it.
    private var isStopped = false

    init(count: Int, ahead: Int, lanes: Int) {
        self.count = count
        self.ahead = ahead
        self.lanes = lanes
    }

    /// Nil when there is nothing left to do.
    func next() -> Int? {
        monitor.locked { monitor in
            while !isStopped, nextNumber < count, nextNumber >= takenCount + ahead { monitor.wait() }
            guard !isStopped, nextNumber < count else { return nil }
            defer { nextNumber += 1 }
            return nextNumber
        }
    }

    func finish(_ number: Int, _ result: Result<Piece, Failure>) {
        monitor.locked { monitor in
            finished[number] = result
            if case .failure = result { isStopped = true }
            if isStopped || number == takenCount { monitor.wakeAll() }
        }
    }

    func stop() {
        monitor.locked { monitor in
            isStopped = true
            monitor.wakeAll()
        }
    }

    func take(_ number: Int) throws(Failure) -> Piece {
        let result: Result<Piece, Failure> = monitor.locked { monitor in
            while finished[number] == nil { monitor.wait() }
            guard let result = finished.removeValue(forKey: number) else { preconditionFailure("taken twice") }
            takenCount = number + 1
            monitor.wakeAll()
            return result
        }
        return try result.get()
    }

    func leave() {
        monitor.locked { monitor in
            lanes -= 1
            monitor.wakeAll()
        }
    }

    func waitUntilLeft() {
        monitor.locked { monitor in
            while lanes > 0 { monitor.wait() }
        }
    }
}

/// A lock with one condition.
@safe
private final class Monitor: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    func locked<T>(_ body: (Monitor) -> T) -> T {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body(self)
    }

    /// Inside `locked`: gives the lock up until somebody wakes.
    func wait() { unsafe pthread_cond_wait(condition, lock) }

    func wakeAll() { unsafe pthread_cond_broadcast(condition) }
}
