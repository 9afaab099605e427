internal import Bytes
package import Reactor
internal import Security
internal import Synchronization

/// Blobs as files below one directory, written once and never changed.
///
///     <root>/incoming/<boot>-<n>            being written; left over after a crash, removed at the next start
///     <root>/<organization>/yyyy/mm/dd/...  final names, see `BlobKey`
///
/// Protocol of a write (queue-storage 4.2): temporary file on the same file system, bytes, fsync, rename without
/// replacing, fsync of the directory and of each new ancestor. Only then may the row be committed and the sender be
/// answered.
package final class LocalVolume: Sendable {
    package let root: String
    let pool: BlockingPool
    let key: [UInt8]
    let directorySync: DirectorySync
    let pieces = PieceBuffers()
    private let sequence = Atomic<UInt64>(0)
    private let knownDirectories = Mutex<Set<String>>([])
    private let boot: String

    /// - Parameters:
    ///   - key: 16 secret bytes for the guard code, the same for the life of the volume.
    ///   - boot: a name for this run of the process, unlike that of any other.
    package init(root: String, key: [UInt8], boot: String, pool: BlockingPool) throws(BlobError) {
        self.root = root
        self.key = key
        self.boot = boot
        self.pool = pool
        directorySync = DirectorySync(pool: pool)
        do throws(SystemError) {
            try FileSystem.createDirectories(root)
            try FileSystem.createDirectories("\(root)/incoming")
        } catch {
            throw BlobError(error)
        }
    }

    /// Removes what earlier runs left half written; returns how many files. Call it once, before the first write, and
    /// only while no other process writes to the volume.
    package func removeLeftovers() throws(BlobError) -> Int {
        do throws(SystemError) {
            let names = try FileSystem.list("\(root)/incoming").filter { !$0.hasPrefix(boot) }
            for name in names { try FileSystem.remove("\(root)/incoming/\(name)") }
            return names.count
        } catch {
            throw BlobError(error)
        }
    }

    /// Free bytes and size of the file system below.
    package func space() throws(BlobError) -> (free: Int, total: Int) {
        do throws(SystemError) { return try FileSystem.space(at: root) } catch { throw BlobError(error) }
    }

    /// Starts a blob of at most `limit` bytes.
    package func write(limit: Int) -> BlobWriter {
        let number = sequence.wrappingAdd(1, ordering: .relaxed).oldValue
        return BlobWriter(volume: self, temporaryPath: "\(root)/incoming/\(boot)-\(number)", limit: limit)
    }

    /// Opens a blob for reading and checks its size. The file may have to come from the disk.
    package func open(_ key: BlobKey, byteCount: Int) async throws(BlobError) -> ReadableFile {
        let path = "\(root)/\(key)"
        let file: ReadableFile
        do throws(SystemError) {
            file = try await pool.runThrowing { () throws(SystemError) in
                let file = try ReadableFile(path: path)
                file.readAhead()
                return file
            }
        } catch {
            throw error.isNotFound ? .missing(key) : BlobError(error)
        }
        guard file.byteCount == byteCount else { throw .missing(key) }
        return file
    }

    /// Where the blob lies, for those who hand it to another process.
    package func path(of key: BlobKey) -> String { "\(root)/\(key)" }

    /// Looks into a blob on a thread that may wait for the disk.
    package func withFile<T: Sendable>(
        _ key: BlobKey, byteCount: Int, _ look: @escaping @Sendable (ReadableFile) -> T
    ) async throws(BlobError) -> T {
        let path = path(of: key)
        do throws(SystemError) {
            return try await pool.runThrowing { () throws(SystemError) in look(try ReadableFile(path: path)) }
        } catch {
            throw error.isNotFound ? .missing(key) : BlobError(error)
        }
    }

    /// Runs what may wait for the disk on a thread of the volume's.
    package func onPool<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T { await pool.run(body) }

    /// Reads the whole blob and compares its guard code.
    package func verify(_ key: BlobKey, byteCount: Int, guardCode: [UInt8]) async throws(BlobError) {
        let file = try await open(key, byteCount: byteCount)
        let secret = self.key
        let code: [UInt8]
        do throws(SystemError) {
            code = try await pool.runThrowing { () throws(SystemError) in
                let gmac = GMAC(key: secret)
                let buffer = IOBuffer(capacity: 1 << 18)
                var offset = 0
                while offset < byteCount {
                    offset += try file.read(into: buffer, maximum: buffer.capacity, at: offset)
                    gmac.update(buffer.readable)
                    buffer.clear()
                }
                return gmac.finish()
            }
        } catch {
            throw BlobError(error)
        }
        guard ConstantTime.areEqual(code, guardCode) else { throw .corrupt(key) }
    }

    /// A running guard code, for those who check a blob while they stream it.
    package func makeGuard() -> BlobGuard { BlobGuard(key: key) }

    package func remove(_ key: BlobKey) async throws(BlobError) {
        let path = "\(root)/\(key)"
        do throws(SystemError) {
            try await pool.runThrowing { () throws(SystemError) in try FileSystem.remove(path) }
        } catch {
            if !error.isNotFound { throw BlobError(error) }
        }
    }

    /// Makes the directory for a key; each directory made is durable in its parent before the call returns. On the
    /// pool.
    func prepareDirectory(_ path: String) throws(SystemError) {
        if knownDirectories.withLock({ $0.contains(path) }) { return }
        for created in try FileSystem.createDirectories(path) {
            try FileSystem.synchronizeDirectory(FileSystem.parent(of: created))
        }
        knownDirectories.withLock { known in
            // One directory per organization and day: a year of a hundred organizations.
            if known.count > 40_000 { known.removeAll() }
            known.insert(path)
        }
    }
}

/// The guard code of a blob, computed while its bytes pass by.
package final class BlobGuard {
    private let gmac: GMAC

    init(key: [UInt8]) { gmac = GMAC(key: key) }

    package func update(_ bytes: RawSpan) { gmac.update(bytes) }

    /// Whether the bytes gave `code`; nothing may be added afterwards.
    package func matches(_ code: [UInt8]) -> Bool { ConstantTime.areEqual(gmac.finish(), code) }
}
