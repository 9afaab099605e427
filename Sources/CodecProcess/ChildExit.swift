internal import CLinux
internal import Glibc

/// How a child process ended.
enum ChildExit: Equatable, Sendable, CustomStringConvertible {
    case code(Int)
    case signal(CInt)
    /// Somebody else waited for it.
    case unknown

    /// - Parameter status: as waitpid reports it.
    init(status: CInt) {
        let signal = status & 0x7F
        self = signal == 0 ? .code(Int(status >> 8 & 0xFF)) : .signal(signal)
    }

    /// Of codes: what `clinux_spawn_confined` ends with when the program cannot be started.
    var isFailureToStart: Bool {
        if case .code(let code) = self { (125...127).contains(code) } else { false }
    }

    var description: String {
        switch self {
        case .code(125): "it could not enter the root directory"
        case .code(126): "it could not be confined"
        case .code(127): "its program could not be started"
        case .code(let code): "exit status \(code)"
        case .signal(let number): "\(Self.words[number] ?? "signal \(number)")"
        case .unknown: "it is gone"
        }
    }

    private static let words: [CInt: String] = [
        SIGSEGV: "segmentation fault (SIGSEGV)", SIGABRT: "abort (SIGABRT)", SIGILL: "trap (SIGILL)",
        SIGTRAP: "trap (SIGTRAP)", SIGBUS: "bus error (SIGBUS)", SIGFPE: "arithmetic error (SIGFPE)",
        SIGKILL: "killed (SIGKILL)", SIGTERM: "terminated (SIGTERM)", SIGXCPU: "processor time used up (SIGXCPU)",
        SIGSYS: "forbidden system call (SIGSYS)", SIGPIPE: "broken pipe (SIGPIPE)",
    ]
}
