internal import Glibc
package import Imaging
package import Reactor
internal import Synchronization

/// Keeps encoded objects on the disk from the moment they are made until their delivery is confirmed or room is needed.
///
/// They are a cache: each can be made again with the same bytes. So nothing is forced to the disk, and a new process
/// starts with an empty directory of its own below the root. What a process left that has ended is removed; one that
/// lives holds a lock on a file in its directory.
package final class ArtefactStore: Sendable {
    private struct Made: Sendable {
        let key: ArtefactKey
        let path: String
        let byteCount: Int
        let report: TranscodeReport
    }

    private struct Kept {
        let made: Made
        var pinCount: Int
        /// Counts up with each use.
        var lastUse: Int
    }

    private enum Lookup: Sendable {
        /// Pinned for who asked.
        case found(Made)
        case failed(CodecPoolError)
        /// To be made by who asked, at that final path.
        case mine(String)
    }

    private typealias Waiter = @Sendable (Lookup) -> Void

    private struct State {
        /// By path: a forgotten file that is still held and a new one of the same key may both be there.
        var kept: [String: Kept] = [:]
        var paths: [ArtefactKey: String] = [:]
        /// Keys that are being made, and who waits for them.
        var making: [ArtefactKey: [Waiter]] = [:]
        var usedByteCount = 0
        var pinnedByteCount = 0
        var useCount = 0
        var fileCount = 0
    }

    private let directory: ArtefactDirectory
    private let budgetByteCount: Int
    private let pool: BlockingPool
    private let state = Mutex(State())

    /// Makes a directory below `root`, itself made when missing, and removes those of processes that have ended.
    /// Blocks.
    ///
    /// - Parameter pool: where files are renamed and removed.
    package init(root: String, budgetByteCount: Int, pool: BlockingPool) throws(SystemError) {
        directory = try ArtefactDirectory(root: root)
        self.budgetByteCount = budgetByteCount
        self.pool = pool
    }

    /// Bytes of all files; more than the budget only while everything is held.
    package var usedByteCount: Int { state.withLock { $0.usedByteCount } }

    /// Whether something may be made ahead of its turn: what is held leaves part of the budget free.
    package var hasRoom: Bool { state.withLock { $0.pinnedByteCount < budgetByteCount } }

    /// The artefact under `key`; `make` writes it to a temporary path when there is none. Who asks while it is being
    /// made gets the same one, or the same error. Never waits for room: a delivery that has begun must be able to
    /// finish.
    package func artefact(
        _ key: ArtefactKey, make: (String) async throws(CodecPoolError) -> TranscodeReport
    ) async throws(CodecPoolError) -> Artefact {
        let lookup = await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Lookup, Never>) in
            let waiter: Waiter = { unsafe continuation.resume(returning: $0) }
            if let answer = look(key, waiter) { waiter(answer) }
        }
        switch lookup {
        case .found(let made): return artefact(made)
        case .failed(let error): throw error
        case .mine(let path):
            do throws(CodecPoolError) {
                let report = try await make(path + Self.unfinished)
                let made = try await finish(key, path, report)
                settle(key, .found(made))
                return artefact(made)
            } catch {
                pool.submit { _ = unsafe unlink(path + Self.unfinished) }
                settle(key, .failed(error))
                throw error
            }
        }
    }

    /// The delivery is confirmed: the file goes as soon as nobody holds it.
    package func forget(_ key: ArtefactKey) {
        let path = state.withLock { state -> String? in
            guard let path = state.paths.removeValue(forKey: key), state.kept[path]?.pinCount == 0 else { return nil }
            return Self.drop(path, &state)
        }
        if let path { remove([path]) }
    }

    /// Removes everything; artefacts still held point nowhere then. Blocks.
    package func close() { directory.remove() }

    private static let unfinished = ".part"

    /// Nil when `waiter` has to wait.
    private func look(_ key: ArtefactKey, _ waiter: @escaping Waiter) -> Lookup? {
        state.withLock { state -> Lookup? in
            if let path = state.paths[key], let made = Self.pin(path, 1, &state) { return .found(made) }
            if state.making[key] != nil {
                state.making[key]?.append(waiter)
                return nil
            }
            state.making[key] = []
            state.fileCount += 1
            return .mine("\(directory.path)/\(key.fileName)-\(state.fileCount)")
        }
    }

    /// Gives a file that was made its final name.
    private func finish(
        _ key: ArtefactKey, _ path: String, _ report: TranscodeReport
    ) async throws(CodecPoolError) -> Made {
        do throws(SystemError) {
            let byteCount = try await pool.runThrowing { () throws(SystemError) -> Int in
                try FileSystem.rename(path + Self.unfinished, to: path)
                return try FileSystem.byteCount(of: path)
            }
            return Made(key: key, path: path, byteCount: byteCount, report: report)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Tells those who wait, and keeps what was made, pinned for each of them and for who made it.
    private func settle(_ key: ArtefactKey, _ outcome: Lookup) {
        let (waiters, removed) = state.withLock { state -> ([Waiter], [String]) in
            let waiters = state.making.removeValue(forKey: key) ?? []
            guard case .found(let made) = outcome else { return (waiters, []) }
            state.kept[made.path] = Kept(made: made, pinCount: 0, lastUse: 0)
            state.paths[key] = made.path
            state.usedByteCount += made.byteCount
            _ = Self.pin(made.path, 1 + waiters.count, &state)
            return (waiters, Self.makeRoom(&state, budgetByteCount))
        }
        for waiter in waiters { waiter(outcome) }
        remove(removed)
    }

    private func artefact(_ made: Made) -> Artefact {
        Artefact(path: made.path, byteCount: made.byteCount, report: made.report) { [self] in
            remove(state.withLock { Self.unpin(made, &$0, budgetByteCount) })
        }
    }

    private func remove(_ paths: [String]) {
        guard !paths.isEmpty else { return }
        pool.submit { for path in paths { _ = unsafe unlink(path) } }
    }

    // MARK: What is kept

    private static func pin(_ path: String, _ count: Int, _ state: inout State) -> Made? {
        guard var kept = state.kept[path] else { return nil }
        if kept.pinCount == 0 { state.pinnedByteCount += kept.made.byteCount }
        state.useCount += 1
        kept.pinCount += count
        kept.lastUse = state.useCount
        state.kept[path] = kept
        return kept.made
    }

    /// Returns the files to be removed.
    private static func unpin(_ made: Made, _ state: inout State, _ budgetByteCount: Int) -> [String] {
        guard let count = state.kept[made.path]?.pinCount else { return [] }
        state.kept[made.path]?.pinCount = count - 1
        guard count == 1 else { return [] }
        state.pinnedByteCount -= made.byteCount
        // Forgotten meanwhile.
        if state.paths[made.key] != made.path { return [drop(made.path, &state)] }
        return makeRoom(&state, budgetByteCount)
    }

    /// Drops what nobody holds until the budget is kept, the longest unused first.
    private static func makeRoom(_ state: inout State, _ budgetByteCount: Int) -> [String] {
        guard state.usedByteCount > budgetByteCount else { return [] }
        var removed: [String] = []
        for kept in state.kept.values.filter({ $0.pinCount == 0 }).sorted(by: { $0.lastUse < $1.lastUse }) {
            guard state.usedByteCount > budgetByteCount else { break }
            state.paths[kept.made.key] = nil
            removed.append(drop(kept.made.path, &state))
        }
        return removed
    }

    private static func drop(_ path: String, _ state: inout State) -> String {
        state.usedByteCount -= state.kept.removeValue(forKey: path)?.made.byteCount ?? 0
        return path
    }
}
