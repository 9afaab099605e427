internal import CLinux
internal import Glibc
internal import Reactor
internal import Synchronization

/// What to start, and how it is confined.
struct ChildCommand {
    var path: String
    /// Without the program's own name.
    var arguments: [String]
    /// The child's 0 to 3: nil is /dev/null, and for 3 nothing.
    var descriptors: [CInt?] = []
    var addressSpaceMax: Int
    var fileByteCountMax: Int
    var descriptorsMax: Int
    /// Nil: limited later, with `allow(cpuTime:)`.
    var cpuTimeMax: Duration?
    /// For foreign programs: no network, no further processes.
    var isFiltered = false
}

/// A confined child: waited for exactly once, and ended at the latest when nobody holds it any more.
///
/// The thread that starts it must live on, as the kernel kills the child when that thread ends.
final class ChildProcess: Sendable {
    private let pid: pid_t
    /// Readable once the child has ended; -1 where the kernel has no such descriptors.
    private let watch: Descriptor
    private let exit = Mutex<ChildExit?>(nil)

    init(_ command: ChildCommand) throws(SystemError) {
        let descriptors = (0..<4).map { i -> CInt in
            i < command.descriptors.count ? command.descriptors[i] ?? -1 : -1
        }
        var limits = clinux_child_limits()
        limits.address_space = UInt64(clamping: command.addressSpaceMax)
        limits.file_size = UInt64(clamping: command.fileByteCountMax)
        limits.descriptors = UInt64(clamping: command.descriptorsMax)
        limits.cpu_seconds = UInt64(clamping: command.cpuTimeMax?.components.seconds ?? 0)
        let result = unsafe CStringVector.lend([command.path] + command.arguments) { arguments in
            unsafe clinux_spawn_confined(command.path, arguments, descriptors, &limits, command.isFiltered ? 1 : 0)
        }
        guard result > 0 else { throw SystemError("vfork", -result) }
        pid = result
        watch = Descriptor(max(clinux_watch_child(result), -1))
    }

    deinit { end() }

    var processIdentifier: Int { Int(pid) }

    var isRunning: Bool { reap(WNOHANG) == nil }

    /// Waits until the child ends by itself; nil when it runs beyond the deadline. Blocks.
    func wait(until deadline: ContinuousClock.Instant) -> ChildExit? {
        while true {
            if let exit = reap(WNOHANG) { return exit }
            // Without a descriptor to wait on: a look now and then.
            let step = watch.raw >= 0 ? deadline : min(deadline, .now + .milliseconds(5))
            let isOver = Readiness.wait(watch.raw, CInt(POLLIN), until: step) == .deadline && step == deadline
            if isOver { return reap(WNOHANG) }
        }
    }

    /// Kills the child unless it has ended, and waits for it. May be called again, and by several threads.
    @discardableResult
    func end() -> ChildExit {
        kill()
        return reap(0) ?? .unknown
    }

    /// Lets it run on for at most `duration` of CPU time more, then it gets SIGXCPU.
    func allow(cpuTime duration: Duration) throws(SystemError) {
        let result = exit.withLock { exit -> CInt in
            exit == nil ? clinux_add_cpu_time(pid, UInt64(clamping: max(duration.components.seconds, 1))) : -ESRCH
        }
        if result < 0 { throw SystemError("prlimit", -result) }
    }

    func kill() {
        // Under the lock: after waitpid the number may belong to another process.
        exit.withLock { if $0 == nil { _ = Glibc.kill(pid, SIGKILL) } }
    }

    private func reap(_ options: CInt) -> ChildExit? {
        exit.withLock { exit in
            while exit == nil {
                var status: CInt = 0
                let result = unsafe waitpid(pid, &status, options)
                if result == pid {
                    exit = ChildExit(status: status)
                } else if result == 0 {
                    return nil
                } else if errno != EINTR {
                    exit = .unknown
                }
            }
            return exit
        }
    }
}
