package import BlobStore
package import Bytes
package import DICOMNetwork
package import Reactor

/// The data set of a blob, read straight into the output buffer while its guard code is computed.
///
/// The last bytes are handed out only when the code of the whole file is right: an object whose bytes were altered on
/// disk is never completed at the peer. Reads are expected to come from the page cache.
package final class BlobSource: DataSource {
    private let file: ReadableFile
    private let check: BlobGuard
    private let code: [UInt8]
    private var offset: Int

    /// `header` is what stands before the data set.
    package init(_ file: ReadableFile, after header: [UInt8], check: BlobGuard, code: [UInt8]) {
        self.file = file
        self.check = check
        self.code = code
        offset = header.count
        check.update(header.rawSpan)
    }

    package func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress {
        let before = buffer.readableCount
        let count: Int
        do throws(SystemError) {
            count = try file.read(into: buffer, maximum: min(maximum, file.byteCount - offset), at: offset)
        } catch {
            throw DataSourceError("the blob cannot be read: \(error)")
        }
        let bytes = buffer.readable
        check.update(bytes.extracting(before..<bytes.byteCount))
        offset += count
        if offset < file.byteCount {
            guard count > 0 else { throw DataSourceError("the blob ends too early") }
            return .more
        }
        guard check.matches(code) else { throw DataSourceError("the blob was altered on the volume") }
        return .end
    }
}
