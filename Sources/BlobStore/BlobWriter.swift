internal import Bytes
internal import Reactor
internal import Security

/// One blob on its way to the disk. It collects bytes on the event loop and works on the disk from the blocking pool, a
/// piece at a time, so that a large object is never in memory whole and a small one costs a single hop.
///
/// It belongs to one task. `finish` or `discard` ends it; one that is dropped leaves a temporary file for the next
/// start.
package final class BlobWriter {
    /// What is kept in memory before the disk gets it.
    static let pieceByteCount = 1 << 20

    /// A blob that is durable under its final name.
    package struct Stored: Sendable, Equatable {
        package let key: BlobKey
        package let byteCount: Int
        /// AES-128-GMAC of the bytes.
        package let guardCode: [UInt8]
    }

    private let volume: LocalVolume
    private let temporaryPath: String
    private let limit: Int
    private let box: Box
    /// Bytes accepted so far.
    package private(set) var byteCount = 0

    init(volume: LocalVolume, temporaryPath: String, limit: Int) {
        self.volume = volume
        self.temporaryPath = temporaryPath
        self.limit = limit
        box = Box(piece: volume.pieces.take())
    }

    deinit { volume.pieces.give(box.piece) }

    /// What the writer and the pool's threads use in turn: the writer waits while a thread works.
    private final class Box: @unchecked Sendable {
        var file: WritableFile?
        var gmac: GMAC?
        let piece: IOBuffer

        init(piece: IOBuffer) { self.piece = piece }
    }

    /// Takes the next bytes. Call `flushIfFull` when it returns true.
    package func append(_ bytes: RawSpan) throws(BlobError) -> Bool {
        guard byteCount + bytes.byteCount <= limit else { throw .tooLarge(limit: limit) }
        box.piece.append(bytes)
        byteCount += bytes.byteCount
        return box.piece.readableCount >= Self.pieceByteCount
    }

    /// Hands what is collected to the disk.
    package func flush() async throws(BlobError) {
        try await onPool { (_) throws(SystemError) in }
    }

    /// Makes the blob durable under its final name.
    ///
    /// - Parameters:
    ///   - owner: the organization's id.
    ///   - day: `yyyy/mm/dd`.
    ///   - instance: the id of the row that will own the blob.
    package func finish(owner: String, day: String, instance: String) async throws(BlobError) -> Stored {
        let volume = volume
        let total = byteCount
        let temporaryPath = temporaryPath
        do throws(BlobError) {
            let stored = try await onPool { (box) throws(SystemError) -> Stored in
                try box.file?.synchronize()
                try box.file?.close()
                let code = box.gmac?.finish() ?? []
                let key = BlobKey(
                    owner: owner, day: day, instance: instance, byteCount: total, guardCode: Hex.encode(code))
                let final = "\(volume.root)/\(key)"
                try volume.prepareDirectory(FileSystem.parent(of: final))
                try FileSystem.renameWithoutReplacing(temporaryPath, to: final)
                return Stored(key: key, byteCount: total, guardCode: code)
            }
            try await synchronizeDirectory(of: stored.key)
            return stored
        } catch {
            box.file = nil
            await discard()
            throw error
        }
    }

    private func synchronizeDirectory(of key: BlobKey) async throws(BlobError) {
        do throws(SystemError) {
            try await volume.directorySync.synchronize(FileSystem.parent(of: "\(volume.root)/\(key)"))
        } catch {
            throw BlobError(error)
        }
    }

    /// Throws the bytes away.
    package func discard() async {
        let path = temporaryPath
        box.piece.clear()
        box.file = nil
        await volume.pool.run {
            // It may never have been created.
            try? FileSystem.remove(path)
        }
    }

    /// As `discard`, without waiting for the disk.
    package func abandon() {
        let path = temporaryPath
        box.piece.clear()
        box.file = nil
        volume.pool.submit {
            // It may never have been created.
            try? FileSystem.remove(path)
        }
    }

    /// Writes the collected piece, then runs `body`, all on one thread of the pool.
    private func onPool<T: Sendable>(
        _ body: @escaping @Sendable (Box) throws(SystemError) -> T
    ) async throws(BlobError) -> T {
        let box = box
        let path = temporaryPath
        let key = volume.key
        defer { box.piece.clear() }
        do throws(SystemError) {
            return try await volume.pool.runThrowing { () throws(SystemError) -> T in
                if box.file == nil {
                    box.file = try WritableFile(creating: path)
                    box.gmac = GMAC(key: key)
                }
                let piece = box.piece
                try box.file?.write(piece.readable)
                box.gmac?.update(piece.readable)
                return try body(box)
            }
        } catch {
            throw BlobError(error)
        }
    }
}
