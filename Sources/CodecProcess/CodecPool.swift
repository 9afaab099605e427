internal import Glibc
package import Imaging
package import Logging
internal import Reactor
internal import Synchronization

/// Encodes objects in confined processes of its own: a crash, a hang or a memory bomb costs one object, nothing else.
///
/// A process serves one organization: what it decoded may have taken it over, and must then not meet the pixels of
/// another. An idle process of the same organization is used again, up to `jobsPerProcess` objects; when an object of
/// another organization is next and there is no room for one more process, an idle one is ended. Organizations take
/// turns (`FairQueue`).
package final class CodecPool: Sendable {
    private struct Job: Sendable {
        let input: String
        let output: String
        let recipe: TranscodeRecipe
        let finish: @Sendable (Result<TranscodeReport, CodecPoolError>) -> Void
    }

    /// A process that waits for its next object.
    private struct Idle {
        let process: WorkerProcess
        let jobCount: Int
    }

    private struct State {
        var waiting: FairQueue<Job>
        /// The longest idle first.
        var idle: [Idle] = []
        var busyCount = 0
        /// Every process that was started and not yet seen to its end.
        var alive: [ObjectIdentifier: WorkerProcess] = [:]
        var isClosed = false
        var startedCount = 0
        var lostCount = 0
    }

    private let settings: CodecPoolSettings
    private let logger: Logger
    private let threads: BlockingPool
    private let state: Mutex<State>
    /// Held while a process is being started, so that `close` meets none that is half there.
    private let starting = Mutex(())
    private let hasWarned = Atomic<Bool>(false)

    package init(_ settings: CodecPoolSettings, logger: Logger) {
        var settings = settings
        settings.processesMax = max(1, settings.processesMax)
        settings.lanes = min(
            max(settings.lanes, CodecRequest.laneCounts.lowerBound), CodecRequest.laneCounts.upperBound)
        self.settings = settings
        self.logger = logger
        threads = BlockingPool(threads: settings.processesMax, name: "codec")
        state = Mutex(State(waiting: FairQueue(turnLength: settings.turnLength)))
    }

    /// Whether cines can become video.
    package var hasVideoEncoder: Bool { settings.videoEncoder != nil }
    /// Objects that wait for a process, for metrics.
    package var queueLength: Int { state.withLock { $0.waiting.count } }
    /// Processes started so far, for metrics.
    package var startedCount: Int { state.withLock { $0.startedCount } }
    /// Processes that crashed or were killed for their time, for metrics.
    package var lostCount: Int { state.withLock { $0.lostCount } }
    /// Process identifiers of all children there are.
    var processIdentifiers: [Int] { state.withLock { $0.alive.values.map(\.processIdentifier) } }

    /// Encodes the object in the file `input` anew into the file `output`, which is made or emptied, and removed again
    /// when there is an error. Waits for its turn first.
    package func transcode(
        input: String, output: String, _ recipe: TranscodeRecipe, organization: String
    ) async throws(CodecPoolError) -> TranscodeReport {
        let result = await unsafe withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<TranscodeReport, CodecPoolError>, Never>) in
            let job = Job(input: input, output: output, recipe: recipe) { unsafe continuation.resume(returning: $0) }
            let isTaken = state.withLock { state in
                if state.isClosed { return false }
                state.waiting.append(job, organization: organization)
                return true
            }
            if isTaken { startWaiting() } else { job.finish(.failure(Self.closed)) }
        }
        return try result.get()
    }

    /// Ends all processes and waits for them; objects under way and waiting ones fail. Blocks for some milliseconds.
    package func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting.removeAll()
        }
        for job in waiting { job.finish(.failure(Self.closed)) }
        let alive = starting.withLock { _ in state.withLock { Array($0.alive.values) } }
        for process in alive { end(process) }
        state.withLock { $0.idle = [] }
    }

    private static let closed = CodecPoolError.unavailable("the program is ending")

    // MARK: Who works on what

    private enum Choice {
        case reuse(Idle)
        /// After ending the process given, if any.
        case fresh(ending: WorkerProcess?)
    }

    /// Gives waiting objects to processes while there are any.
    private func startWaiting() {
        while let (job, organization, choice) = state.withLock({ Self.next(&$0, settings.processesMax) }) {
            threads.submit { [self] in
                perform(job, organization, choice)
                startWaiting()
            }
        }
    }

    private static func next(_ state: inout State, _ processesMax: Int) -> (Job, String, Choice)? {
        guard state.busyCount < processesMax, let (job, organization) = state.waiting.pop() else { return nil }
        state.busyCount += 1
        if let i = state.idle.lastIndex(where: { $0.process.organization == organization }) {
            return (job, organization, .reuse(state.idle.remove(at: i)))
        }
        let isFull = state.busyCount + state.idle.count > processesMax
        return (job, organization, .fresh(ending: isFull ? state.idle.removeFirst().process : nil))
    }

    /// From here on a thread of the pool.
    private func perform(_ job: Job, _ organization: String, _ choice: Choice) {
        var (result, still, isRepeated) = attempt(job, organization, choice)
        if isRepeated { (result, still, _) = attempt(job, organization, .fresh(ending: nil)) }
        if let process = retire(still) { end(process) }
        if case .failure = result { _ = unsafe unlink(job.output) }
        job.finish(result)
    }

    /// One try, the process if it can serve on, and whether another try is due: an object is not to blame for the end
    /// of a process that was killed from outside, or that may have been damaged by an object before it.
    private func attempt(
        _ job: Job, _ organization: String, _ choice: Choice
    ) -> (result: Result<TranscodeReport, CodecPoolError>, still: Idle?, isRepeated: Bool) {
        do throws(CodecPoolError) {
            let idle = try process(choice, organization)
            let result = run(job, idle.process)
            switch result {
            case .success, .failure(.failed):
                return (result, Idle(process: idle.process, jobCount: idle.jobCount + 1), false)
            case .failure(let error):
                guard lose(idle.process, error, organization) else { return (.failure(Self.closed), nil, false) }
                if idle.process.wasKilledFromOutside { return (result, nil, true) }
                guard case .crashed = error else { return (result, nil, false) }
                return (result, nil, idle.jobCount > 0)
            }
        } catch {
            return (.failure(state.withLock { $0.isClosed } ? Self.closed : error), nil, false)
        }
    }

    /// Puts a process back that can serve on; returns one that is to be ended instead.
    private func retire(_ still: Idle?) -> WorkerProcess? {
        state.withLock { state in
            state.busyCount -= 1
            guard let still else { return nil }
            guard !state.isClosed, still.jobCount < settings.jobsPerProcess else { return still.process }
            state.idle.append(still)
            return nil
        }
    }

    // MARK: Processes

    private func process(_ choice: Choice, _ organization: String) throws(CodecPoolError) -> Idle {
        switch choice {
        case .reuse(let idle) where idle.process.isAlive: return idle
        case .reuse(let idle): return try process(.fresh(ending: idle.process), organization)
        case .fresh(let other):
            if let other { end(other) }
            let process = try start(organization)
            do throws(CodecPoolError) {
                if let failure = try process.greet(within: settings.limits) { warn(failure) }
            } catch {
                end(process)
                throw error
            }
            return Idle(process: process, jobCount: 0)
        }
    }

    private func start(_ organization: String) throws(CodecPoolError) -> WorkerProcess {
        let result = starting.withLock { _ -> Result<WorkerProcess, CodecPoolError> in
            guard !state.withLock({ $0.isClosed }) else { return .failure(Self.closed) }
            do throws(SystemError) {
                let process = try WorkerProcess(settings, organization: organization)
                state.withLock { state in
                    state.alive[ObjectIdentifier(process)] = process
                    state.startedCount += 1
                }
                return .success(process)
            } catch {
                return .failure(.unavailable("\(error)"))
            }
        }
        return try result.get()
    }

    private func end(_ process: WorkerProcess) {
        process.end()
        state.withLock { _ = $0.alive.removeValue(forKey: ObjectIdentifier(process)) }
    }

    /// False when the pool is being closed, which explains the loss.
    private func lose(_ process: WorkerProcess, _ error: CodecPoolError, _ organization: String) -> Bool {
        end(process)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.lostCount += 1 }
            return state.isClosed
        }
        if isClosed { return false }
        logger.warning(
            "a codec process was lost", metadata: ["reason": "\(error)", "organization": "\(organization)"])
        return true
    }

    private func warn(_ failure: String) {
        guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "codec processes run without a filter of system calls", metadata: ["reason": "\(failure)"])
    }

    // MARK: One object

    private func run(_ job: Job, _ process: WorkerProcess) -> Result<TranscodeReport, CodecPoolError> {
        do throws(CodecPoolError) {
            return .success(try CodecTask(settings, process, job.recipe).run(input: job.input, output: job.output))
        } catch {
            return .failure(error)
        }
    }
}
