internal import Glibc
internal import JSON
internal import Reactor

/// The directory of one process below the root of artefacts: flat, and locked as long as the process lives.
///
/// ```
/// root/.lock                 held while a process looks round and makes its directory
/// root/NAME/.lock            held by its process to the end, also when that is a crash
/// root/NAME/HASH-N           an artefact       root/NAME/HASH-N.part   one that is being made
/// ```
final class ArtefactDirectory: Sendable {
    let path: String
    private let lock: Descriptor

    init(root: String) throws(SystemError) {
        try FileSystem.createDirectories(root)
        // Without it another process could find the new directory before that is locked, and take it for a leftover.
        guard let rootLock = try Self.lock("\(root)/.lock", waiting: true) else { throw SystemError("flock", EAGAIN) }
        defer { rootLock.close() }
        for name in try FileSystem.list(root) { Self.removeLeftover("\(root)/\(name)") }
        path = "\(root)/\(UUID.v7(at: Timestamp(microseconds: WallClock.microseconds)))"
        try FileSystem.createDirectories(path)
        guard let own = try Self.lock("\(path)/.lock", waiting: false) else { throw SystemError("flock", EAGAIN) }
        lock = own
    }

    /// Removes the files and the directory itself.
    func remove() {
        Self.removeFiles(path)
        lock.close()
    }

    /// Nil when another process holds it.
    private static func lock(_ path: String, waiting: Bool) throws(SystemError) -> Descriptor? {
        let raw = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard raw >= 0 else { throw SystemError("open \(path)", errno) }
        let descriptor = Descriptor(raw)
        while flock(raw, LOCK_EX | (waiting ? 0 : LOCK_NB)) != 0 {
            if errno == EWOULDBLOCK { return nil }
            if errno != EINTR { throw SystemError("flock \(path)", errno) }
        }
        return descriptor
    }

    /// Only what looks like a directory of ours; what cannot be removed is left to the next start.
    private static func removeLeftover(_ directory: String) {
        guard let name = directory.split(separator: "/").last, UUID(name) != nil, FileSystem.isDirectory(directory),
            let lock = (try? Self.lock("\(directory)/.lock", waiting: false)) ?? nil
        else { return }
        removeFiles(directory)
        lock.close()
    }

    private static func removeFiles(_ directory: String) {
        for name in (try? FileSystem.list(directory)) ?? [] { _ = unsafe unlink("\(directory)/\(name)") }
        _ = unsafe rmdir(directory)
    }
}
