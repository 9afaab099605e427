internal import Glibc
internal import Reactor

/// What start does on the disk; every call blocks.
struct ClusterFiles: Sendable {
    let options: ClusterOptions
    let account: ServerAccount
    let home: ClusterHome
    let programs: ServerPrograms

    init(_ options: ClusterOptions) throws(ClusterError) {
        self.options = options
        account = try ServerAccount.choose()
        home = try ClusterHome.prepare(options, account)
        let version = try? FileSystem.read(home.data + "/PG_VERSION")
        programs = try ServerPrograms.find(options.programs, preferring: version.map(Self.firstLine))
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Keeps other processes from starting the same cluster at the same time; the descriptor's close lets go.
    func lock() throws(ClusterError) -> CInt {
        let descriptor = unsafe open(home.lock, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw .system(SystemError("open \(home.lock)", errno).description) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw .system(SystemError("flock \(home.lock)", errno).description)
            }
        }
        return descriptor
    }

    static func unlock(_ descriptor: CInt) { close(descriptor) }

    func decide() -> ClusterMachine.Decision {
        let expectation = ClusterMachine.Expectation(
            path: home.data, account: account.name, uid: account.uid, serverMajor: programs.major)
        return ClusterMachine.decide(observe(), expectation)
    }

    private func observe() -> ClusterMachine.Observation {
        var information = stat()
        guard unsafe stat(home.data, &information) == 0 else {
            return ClusterMachine.Observation(content: .absent, owner: 0, mode: 0, postmaster: nil)
        }
        let names = (try? FileSystem.list(home.data)) ?? ["?"]
        let content: ClusterMachine.Observation.Content
        if let version = try? FileSystem.read(home.data + "/PG_VERSION") {
            content = .cluster(version: Self.firstLine(version))
        } else {
            content = names.isEmpty ? .empty : .foreign
        }
        return ClusterMachine.Observation(
            content: content, owner: information.st_uid, mode: information.st_mode & 0o7777, postmaster: livePostmaster)
    }

    /// The process of postmaster.pid, when it lives and works in this directory.
    var livePostmaster: pid_t? {
        guard let bytes = try? FileSystem.read(home.data + "/postmaster.pid"), let pid = pid_t(Self.firstLine(bytes)),
            Subprocess.isAlive(pid, workingIn: home.data)
        else { return nil }
        return pid
    }

    /// Makes the cluster under another name and then gives it its own: an initdb that was killed never looks valid.
    func initialize() throws(ClusterError) {
        let temporary = "\(home.path)/data.new-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let arguments = ClusterConfiguration.initdbArguments(options, data: temporary)
        try Subprocess.run(
            Subprocess.Command(path: programs.initdb, arguments: arguments, account: account), log: home.log)
        do throws(SystemError) {
            let file = temporary + "/postgresql.conf"
            let text = try FileSystem.read(file) + Array(ClusterConfiguration.includes.utf8)
            try write(text, to: file)
            if unsafe rename(temporary, home.data) != 0 { throw SystemError("rename \(home.data)", errno) }
            try FileSystem.synchronizeDirectory(home.path)
        } catch {
            throw .system(error.description)
        }
    }

    /// Writes the settings and starts the server; returns its process.
    func launch() throws(ClusterError) -> pid_t {
        let text = ClusterConfiguration.text(options, socketDirectory: home.socketDirectory)
        do throws(SystemError) {
            try write(Array(text.utf8), to: home.data + "/" + ClusterConfiguration.fileName)
            if let size = try? FileSystem.byteCount(of: home.log), size > Self.logByteCountMax {
                _ = unsafe rename(home.log, home.log + ".1")
            }
        } catch {
            throw .system(error.description)
        }
        let isBound = options.durability == .unsafeForTests
        return try Subprocess.spawn(
            Subprocess.Command(
                path: programs.postgres, arguments: ["-D", home.data], account: account, isBound: isBound),
            log: home.log)
    }

    private static let logByteCountMax = 16 << 20

    private func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        try FileSystem.replace(path, with: bytes)
        if account.isChanged, unsafe chown(path, account.uid, account.gid) != 0 {
            throw SystemError("chown \(path)", errno)
        }
    }

    /// What the server said since its log had `offset` bytes.
    func log(from offset: Int) -> String {
        guard let bytes = try? FileSystem.read(home.log, limit: 64 << 20), bytes.count > offset else {
            return "it said nothing; see \(home.log)"
        }
        let text = String(decoding: bytes[offset...].suffix(4096), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(8).joined(separator: "; ")
    }

    var logByteCount: Int { (try? FileSystem.byteCount(of: home.log)) ?? 0 }
}
