package import Bytes
package import Reactor

/// Why an object could not be read.
package struct DataSourceError: Error, Equatable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// Where the bytes of a data set come from while it is sent. It is read from front to back, once, by one task.
package protocol DataSource: AnyObject {
    /// Appends up to `maximum` bytes to `buffer`, which has room for them, and says whether more follow.
    ///
    /// A file reads straight into the buffer's free space (`withWritable`); that is the only copy in user space. With
    /// `.more` at least one byte must have been appended.
    func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress
}

package enum DataSourceProgress: Sendable {
    case more
    /// With what was appended now, if anything, the data set is complete.
    case end
}

/// A part of a file, such as the data set after the file meta information, read straight into the output buffer. Reads
/// are expected to come from the page cache: they run on the caller's thread.
package final class FileSource: DataSource {
    private let file: ReadableFile
    private var offset: Int
    private let end: Int

    package init(_ file: ReadableFile, range: Range<Int>) {
        self.file = file
        offset = range.lowerBound
        end = range.upperBound
    }

    package func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress {
        guard offset < end else { return .end }
        do throws(SystemError) {
            let count = try file.read(into: buffer, maximum: min(maximum, end - offset), at: offset)
            if count > 0 {
                offset += count
                return offset == end ? .end : .more
            }
        } catch {
            throw DataSourceError(error.description)
        }
        throw DataSourceError("the file ended \(end - offset) bytes too early")
    }
}

/// A data set in memory.
package final class BytesSource: DataSource {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress {
        let bytes = bytes
        let end = min(bytes.count, offset + maximum)
        buffer.append(bytes.rawSpan.extracting(offset..<end))
        offset = end
        return offset == bytes.count ? .end : .more
    }
}
