internal import Glibc
internal import Reactor
internal import Synchronization

/// Tries what a confined process must not be able to do, and what it must: `name:result`, with the number of the error
/// where there is one.
enum Probe {
    static func all() -> [String] {
        [
            result("open", unsafe open("/etc/hostname", O_RDONLY)),
            result("create", unsafe open("/tmp/codec-probe", O_WRONLY | O_CREAT, mode_t(0o600))),
            result("unlink", unsafe unlink("/tmp/codec-probe-none")),
            result("socket", socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)),
            result("unix", socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)),
            result("exec", unsafe execve("/bin/true", [nil], [nil])),
            result("spawn", spawn()),
            result("kill", kill(getppid(), 0)),
            result("limit", raiseLimit()),
            result("executable", executableMemory()),
            "threads:\(threads())",
        ]
    }

    private static func result(_ name: String, _ value: CInt) -> String {
        value >= 0 ? "\(name):done" : "\(name):\(errno)"
    }

    /// posix_spawn returns the number of the error.
    private static func spawn() -> CInt {
        var child = pid_t()
        errno = unsafe posix_spawn(&child, "/bin/true", nil, nil, [nil], [nil])
        return errno == 0 ? 0 : -1
    }

    private static func raiseLimit() -> CInt {
        var limit = rlimit(rlim_cur: 1 << 40, rlim_max: 1 << 40)
        return unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit)
    }

    private static func executableMemory() -> CInt {
        let memory = unsafe mmap(nil, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return unsafe memory == MAP_FAILED ? -1 : 0
    }

    /// How many of four threads ran.
    private static func threads() -> Int {
        let pool = BlockingPool(threads: 4, name: "probe")
        let count = Atomic<Int>(0)
        withExtendedLifetime(pool) {
            let shared = Shared(count: 4)
            for _ in 0..<4 { pool.submit { shared.arrive() } }
            while shared.arrived < 4 { sched_yield() }
            count.add(shared.arrived, ordering: .relaxed)
        }
        return count.load(ordering: .relaxed)
    }

    private final class Shared: Sendable {
        private let here = Atomic<Int>(0)
        let count: Int
        init(count: Int) { self.count = count }
        var arrived: Int { here.load(ordering: .acquiring) }
        /// Stays until all are here, so that each needs a thread of its own.
        func arrive() {
            here.add(1, ordering: .acquiringAndReleasing)
            while arrived < count { sched_yield() }
        }
    }
}
