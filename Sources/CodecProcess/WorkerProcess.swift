internal import Glibc
internal import Imaging
internal import JSON
internal import Reactor
internal import Synchronization

/// The server's side of one codec process. Its calls block, and are made by one thread at a time; `end` by any.
final class WorkerProcess: Sendable {
    private let child: ChildProcess
    private let channel: MessageChannel
    /// What it served so far belongs to this organization, and it will serve no other.
    let organization: String
    private let isKilled = Atomic<Bool>(false)

    /// Starts a process; it is of use after `greet`.
    init(_ settings: CodecPoolSettings, organization: String) throws(SystemError) {
        let (ours, theirs) = try MessageChannel.pair()
        child = try ChildProcess(
            ChildCommand(
                path: settings.executable, arguments: settings.arguments, descriptors: [nil, nil, nil, theirs.raw],
                addressSpaceMax: settings.limits.addressSpaceMax,
                fileByteCountMax: settings.limits.fileByteCountMax, descriptorsMax: settings.limits.descriptorsMax))
        channel = MessageChannel(ours)
        self.organization = organization
    }

    var processIdentifier: Int { child.processIdentifier }

    /// Waits until the process has confined itself. Returns why the kernel did not take its list of calls, if so.
    func greet(within limits: CodecLimits) throws(CodecPoolError) -> String? {
        let deadline = ContinuousClock.now + limits.startTimeMax
        do throws(ChannelError) {
            try allow(cpuTime: limits.startTimeMax)
            let (body, _) = try channel.receive(until: deadline)
            if let hello = try? CodecHello(body) { return hello.filterFailure }
            child.kill()
        } catch {
            if error == .deadline { child.kill() }
        }
        let exit = farewell()
        throw .unavailable(exit.isFailureToStart ? "\(exit)" : "it did not get ready: \(exit)")
    }

    /// Grants the processor time of one object, and returns when it must be done by the clock.
    func begin(_ limits: CodecLimits) throws(CodecPoolError) -> ContinuousClock.Instant {
        do throws(ChannelError) { try allow(cpuTime: limits.cpuTimeMax) } catch { throw loss(error, limits) }
        return .now + limits.wallTimeMax
    }

    /// From request to checked answer. After any error but `.failed` the process is gone.
    func ask(
        _ request: CodecRequest, _ files: [Descriptor], until deadline: ContinuousClock.Instant, _ limits: CodecLimits
    ) throws(CodecPoolError) -> CodecAnswer {
        let body: [UInt8]
        do throws(ChannelError) {
            try channel.send(request.json.bytes, descriptors: files.map(\.raw), until: deadline)
            // Descriptors that a process sends along are closed unseen.
            body = try channel.receive(until: deadline).body
        } catch {
            throw loss(error, limits)
        }
        let answer: CodecAnswer
        do throws(CodecMessageError) { answer = try CodecAnswer(body, to: request) } catch {
            end()
            throw .crashed("it answered nonsense: \(error)")
        }
        if case .failure(let error) = answer { throw .failed(error) }
        return answer
    }

    /// False once it has ended, as when it was killed while it had nothing to do.
    var isAlive: Bool { child.isRunning }

    /// Whether it ended by a signal that its own code does not get by what it does, and that was not ours.
    var wasKilledFromOutside: Bool { isKilled.load(ordering: .relaxed) }

    /// Kills the process and waits for it.
    func end() { child.end() }

    private func allow(cpuTime: Duration) throws(ChannelError) {
        do { try child.allow(cpuTime: cpuTime) } catch { throw error.code == ESRCH ? .closed : .system(error) }
    }

    /// What became of the process when the channel did not bring an answer.
    private func loss(_ error: ChannelError, _ limits: CodecLimits) -> CodecPoolError {
        switch error {
        case .deadline:
            end()
            return .timedOut("no answer after \(limits.wallTimeMax.components.seconds) s")
        case .malformed(let why):
            end()
            return .crashed("it answered nonsense: \(why)")
        case .system(let error):
            end()
            return .unavailable("\(error)")
        case .closed:
            let exit = farewell()
            isKilled.store(exit == .signal(SIGKILL) || exit == .signal(SIGTERM), ordering: .relaxed)
            // Nothing is said about the object.
            if wasKilledFromOutside { return .unavailable("its process was ended from outside: \(exit)") }
            guard exit != .signal(SIGXCPU) else {
                return .timedOut("\(limits.cpuTimeMax.components.seconds) s of processor time are used up")
            }
            return .crashed("\(exit)")
        }
    }

    /// How a process ended that has closed its end of the channel: it may need a moment to be gone.
    private func farewell() -> ChildExit {
        child.wait(until: .now + .seconds(2)) ?? child.end()
    }
}
