internal import CLinux
internal import Glibc

/// The process's standard streams, written at once and whole.
package enum Console {
    package static func output(_ text: String) { write(STDOUT_FILENO, text) }
    package static func error(_ text: String) { write(STDERR_FILENO, text) }

    package static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    package static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ descriptor: CInt, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let n = unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                // A reader that went away is no reason to stop working.
                if n < 0 && errno != EINTR { return }
                done += max(n, 0)
            }
        }
    }
}

/// Facts of the process itself.
package enum ProcessInfo {
    package static var id: Int32 { getpid() }
    package static var isRoot: Bool { geteuid() == 0 }
    package static var coreCount: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
    /// Processors that this process may run on.
    package static var usableCoreCount: Int { max(1, Int(clinux_usable_core_count())) }

    /// The environment, read once at start: `setenv` is not used.
    package static var environment: [String: String] {
        var all: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                all[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return all
    }

    /// Open descriptors of this process.
    package static var descriptorCount: Int { ((try? FileSystem.list("/proc/self/fd"))?.count ?? 1) - 1 }
}
