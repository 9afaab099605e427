internal import CLinux
internal import Glibc
internal import Reactor

/// Child processes: started with their output in a file, watched, signalled.
enum Subprocess {
    struct Command {
        let path: String
        let arguments: [String]
        var account: ServerAccount?
        /// Killed when the thread that started it ends.
        var isBound = false
    }

    private static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/"]

    /// Starts a process; its output is appended to `log`, made with mode 0600.
    static func spawn(_ command: Command, log: String) throws(ClusterError) -> pid_t {
        let descriptor = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw .system(SystemError("open \(log)", errno).description) }
        defer { Glibc.close(descriptor) }
        let uid = command.account?.isChanged == true ? command.account?.uid ?? 0 : 0
        let gid = command.account?.gid ?? 0
        let pid = unsafe CStringVector.lend([command.path] + command.arguments) { arguments in
            unsafe CStringVector.lend(environment) { environment in
                unsafe command.isBound
                    ? clinux_spawn_bound(command.path, arguments, environment, descriptor, uid, gid)
                    : clinux_spawn(command.path, arguments, environment, descriptor, uid, gid)
            }
        }
        guard pid > 0 else { throw .system(SystemError("fork", -pid).description) }
        return pid
    }

    /// How a child ended: its exit code, or 128 and the signal. Nil while it runs, or when it is not our child.
    static func exitCode(of pid: pid_t) -> Int? {
        var status: CInt = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(status & 0x7F)
    }

    /// Runs a program to its end and throws its output when it fails. Blocks.
    static func run(_ command: Command, log: String) throws(ClusterError) {
        let pid = try spawn(command, log: log)
        while true {
            var status: CInt = 0
            let result = unsafe waitpid(pid, &status, 0)
            if result < 0, errno == EINTR { continue }
            guard result == pid, status == 0 else { throw .initializationFailed(tail(log)) }
            return
        }
    }

    /// What a short command prints, without the line end. Blocks.
    static func output(_ path: String, _ arguments: [String]) throws(ClusterError) -> String {
        let log = "/tmp/causeway-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { _ = unsafe unlink(log) }
        try run(Command(path: path, arguments: arguments), log: log)
        return tail(log)
    }

    /// The last lines of a log, on one line.
    static func tail(_ log: String) -> String {
        guard let bytes = try? FileSystem.read(log, limit: 64 << 20) else { return "" }
        let text = String(decoding: bytes.suffix(4096), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(8).joined(separator: "; ")
    }

    static func signal(_ pid: pid_t, _ number: CInt) { _ = kill(pid, number) }

    /// Whether `pid` lives and its working directory is `directory`: a number that was given to another process does
    /// not deceive, nor does a process that ended and was not waited for.
    static func isAlive(_ pid: pid_t, workingIn directory: String) -> Bool {
        _ = exitCode(of: pid)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer in
            let count = unsafe buffer.baseAddress.map { unsafe readlink("/proc/\(pid)/cwd", $0, Int(PATH_MAX)) } ?? -1
            guard count > 0 else { return false }
            let bytes = unsafe buffer.prefix(count).map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self) == directory
        }
    }
}
