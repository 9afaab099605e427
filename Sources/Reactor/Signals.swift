internal import CLinux
internal import Glibc

/// SIGTERM, SIGINT and SIGHUP as events on a loop rather than as interruptions.
package final class Signals: @unchecked Sendable {
    package enum Signal: Sendable { case terminate, interrupt, hangUp }

    private let loop: EventLoop
    private let registration: Registration

    /// Blocks the signals for the calling thread and those it starts later: call it first thing in `main`.
    package static func block() {
        var set = signalSet()
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// On the loop, after `block`.
    package init(on loop: EventLoop) throws(SystemError) {
        self.loop = loop
        var set = Self.signalSet()
        let flags = CInt(SFD_NONBLOCK | SFD_CLOEXEC)
        registration = try loop.register(try Syscalls.check("signalfd", unsafe signalfd(-1, &set, flags)))
    }

    private static func signalSet() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&set, number) }
        return set
    }

    /// The next signal, or nil after `close`.
    package func next() async -> Signal? {
        while true {
            var info = signalfd_siginfo()
            if unsafe Glibc.read(registration.descriptor, &info, MemoryLayout<signalfd_siginfo>.size) > 0 {
                switch CInt(info.ssi_signo) {
                case SIGTERM: return .terminate
                case SIGINT: return .interrupt
                default: return .hangUp
                }
            }
            if await registration.readable(.never) == .closed { return nil }
        }
    }

    package func close() {
        loop.deregister(registration)
        Glibc.close(registration.descriptor)
    }
}
