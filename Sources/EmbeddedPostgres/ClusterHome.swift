internal import Glibc
internal import Reactor

/// The directories of a cluster, made so that the server's account can use them and nobody else.
///
/// When root keeps its data where the server's account cannot go, such as below /root, the cluster itself lives in
/// `/var/lib/causeway/<hash of the path>` and a symbolic link stands in its place: one command still starts everything,
/// permissions of foreign directories are never touched, and the next start follows the link.
struct ClusterHome: Sendable, Equatable {
    let path: String
    let socketDirectory: String
    /// Set when the home was put elsewhere: why.
    let relocation: ClusterError?

    var data: String { path + "/data" }
    var log: String { path + "/server.log" }
    var lock: String { path + "/lock" }

    /// sun_path is 108 bytes with its final zero.
    static let socketPathMax = 107
    static let socketName = "/.s.PGSQL.5432"

    /// Blocks.
    static func prepare(_ options: ClusterOptions, _ account: ServerAccount) throws(ClusterError) -> ClusterHome {
        let wanted = try parentResolved(options)
        if options.ownsParent { open(FileSystem.parent(of: wanted), to: account) }
        let (path, relocation) = try place(wanted, options, account)
        try makeDirectory(path, account)
        let socketDirectory = try socketDirectory(for: path, account)
        return ClusterHome(path: path, socketDirectory: socketDirectory, relocation: relocation)
    }

    /// The path with all links of its parent followed; the parent is made when missing.
    private static func parentResolved(_ options: ClusterOptions) throws(ClusterError) -> String {
        let parent = FileSystem.parent(of: options.directory)
        do throws(SystemError) { try FileSystem.createDirectories(parent) } catch { throw .system(error.description) }
        let name = options.directory.split(separator: "/").last ?? "postgres"
        return (realPath(parent) ?? parent) + "/" + name
    }

    private static func open(_ parent: String, to account: ServerAccount) {
        var information = stat()
        guard account.isChanged, FileSystem.parent(of: parent) != "/", unsafe stat(parent, &information) == 0,
            information.st_uid == 0, information.st_mode & 0o777 == 0o700
        else { return }
        _ = unsafe chown(parent, 0, account.gid)
        _ = unsafe chmod(parent, 0o710)
    }

    private static func place(
        _ wanted: String, _ options: ClusterOptions, _ account: ServerAccount
    ) throws(ClusterError) -> (String, ClusterError?) {
        if let target = realPath(wanted) {
            guard let blocked = account.blockedDirectory(onTheWayTo: target + "/data") else {
                return (target, nil)
            }
            // What is there must not be replaced by something empty elsewhere, unless it is itself empty.
            guard (try? FileSystem.list(target))?.isEmpty == true, unsafe rmdir(target) == 0 else {
                throw .unreachable(path: wanted, blocked: blocked, account: account.name)
            }
        }
        guard let blocked = account.blockedDirectory(onTheWayTo: wanted) else { return (wanted, nil) }
        let error = ClusterError.unreachable(path: wanted, blocked: blocked, account: account.name)
        let fallback = options.fallbackDirectory + "/" + hash(wanted)
        if account.blockedDirectory(onTheWayTo: fallback) != nil { throw error }
        do throws(SystemError) {
            try FileSystem.createDirectories(options.fallbackDirectory, permissions: 0o711)
        } catch {
            throw .system(error.description)
        }
        _ = unsafe unlink(wanted)
        guard unsafe symlink(fallback, wanted) == 0 else {
            throw .system(SystemError("symlink \(wanted)", errno).description)
        }
        return (fallback, error)
    }

    static func realPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Makes a directory that belongs to the server's account, mode 0700; one that belongs to somebody else is refused.
    static func makeDirectory(_ path: String, _ account: ServerAccount) throws(ClusterError) {
        if unsafe mkdir(path, 0o700) == 0 {
            if account.isChanged, unsafe chown(path, account.uid, account.gid) != 0 {
                throw .system(SystemError("chown \(path)", errno).description)
            }
            return
        }
        guard errno == EEXIST else { throw .system(SystemError("mkdir \(path)", errno).description) }
        var information = stat()
        // A link could lead anywhere: others can make names in /tmp.
        guard unsafe lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw .foreignDirectory(path: path)
        }
        if information.st_uid != account.uid {
            guard account.isChanged, information.st_uid == 0, (try? FileSystem.list(path))?.isEmpty == true,
                unsafe chown(path, account.uid, account.gid) == 0
            else { throw .foreignOwner(path: path, owner: information.st_uid, expected: account.name) }
        }
        if information.st_mode & 0o077 != 0, unsafe chmod(path, 0o700) != 0 {
            throw .openPermissions(path: path, mode: "0" + String(information.st_mode & 0o777, radix: 8))
        }
    }

    private static func socketDirectory(for home: String, _ account: ServerAccount) throws(ClusterError) -> String {
        var directory = home + "/socket"
        if (directory + socketName).utf8.count > socketPathMax {
            directory = (account.isChanged ? "/run" : "/tmp") + "/causeway-" + hash(home)
        }
        guard (directory + socketName).utf8.count <= socketPathMax else { throw .socketPathTooLong(path: directory) }
        try makeDirectory(directory, account)
        return directory
    }

    /// FNV-1a, 64 bits, in hexadecimal: short names that stay the same for a path.
    static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
