internal import Bytes
internal import CLinux
internal import Glibc

/// Names in the file system. Every call may block: `BlockingPool`, or before the loops start.
package enum FileSystem {
    /// Creates a directory and its missing parents; one that exists is left as it is. Returns the directories it made.
    @discardableResult
    package static func createDirectories(_ path: String, permissions: UInt32 = 0o700) throws(SystemError) -> [String] {
        if exists(path) { return [] }
        var created: [String] = []
        let parent = parent(of: path)
        if parent != path { created = try createDirectories(parent, permissions: permissions) }
        if unsafe mkdir(path, mode_t(permissions)) != 0 {
            guard errno == EEXIST else { throw SystemError("mkdir \(path)", errno) }
            return created
        }
        return created + [path]
    }

    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path from the root, with symbolic links followed; what it names must exist.
    package static func absolutePath(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw SystemError("realpath \(path)", errno) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    package static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return unsafe stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    package static func byteCount(of path: String) throws(SystemError) -> Int {
        var information = stat()
        _ = try Syscalls.check("stat \(path)", unsafe stat(path, &information))
        return Int(information.st_size)
    }

    /// Names in a directory, without `.` and `..`, sorted.
    package static func list(_ path: String) throws(SystemError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw SystemError("opendir \(path)", errno) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Gives a file its final name; EEXIST when that name is taken, which is left untouched.
    package static func renameWithoutReplacing(_ from: String, to: String) throws(SystemError) {
        let result = unsafe clinux_rename_noreplace(from, to)
        if result < 0 { throw SystemError("rename \(to)", -result) }
    }

    /// Gives a file another name; whatever had that name is gone.
    package static func rename(_ from: String, to: String) throws(SystemError) {
        _ = try Syscalls.check("rename \(to)", unsafe Glibc.rename(from, to))
    }

    package static func remove(_ path: String) throws(SystemError) {
        _ = try Syscalls.check("unlink \(path)", unsafe unlink(path))
    }

    /// Makes names created in or renamed into a directory durable.
    package static func synchronizeDirectory(_ path: String) throws(SystemError) {
        let descriptor = try Syscalls.check("open \(path)", unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        defer { Glibc.close(descriptor) }
        _ = try Syscalls.check("fsync \(path)", fsync(descriptor))
    }

    /// A whole small file; `limit` bytes at most, more is EFBIG.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
        let file = try ReadableFile(path: path)
        guard file.byteCount <= limit else { throw SystemError("read \(path)", EFBIG) }
        // Files under /proc say they are empty.
        return try file.bytes(at: 0, count: file.byteCount)
    }

    /// Writes a small file so that it is there whole or not at all.
    package static func replace(_ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600) throws(SystemError) {
        let temporary = "\(path).\(getpid()).new"
        _ = unsafe unlink(temporary)
        let file = try WritableFile(creating: temporary, permissions: permissions)
        try file.write(bytes.rawSpan)
        try file.synchronize()
        try file.close()
        try rename(temporary, to: path)
        try synchronizeDirectory(parent(of: path))
    }

    /// Free bytes of the file system that holds `path`, and its size.
    package static func space(at path: String) throws(SystemError) -> (free: Int, total: Int) {
        var information = statvfs()
        _ = try Syscalls.check("statvfs \(path)", unsafe statvfs(path, &information))
        let unit = Int(information.f_frsize)
        return (Int(information.f_bavail) * unit, Int(information.f_blocks) * unit)
    }
}
