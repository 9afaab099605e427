package import Bytes
internal import CLinux
internal import Glibc

/// A file open for reading at any offset. Reads come from the page cache or block for the disk: use it on a loop only
/// for files that are read ahead, elsewhere on a `BlockingPool`.
package final class ReadableFile: @unchecked Sendable {
    private let descriptor: CInt
    package let byteCount: Int
    /// A directory opens like a file, and cannot be read.
    package let isDirectory: Bool

    package init(path: String) throws(SystemError) {
        descriptor = try Syscalls.check("open \(path)", unsafe open(path, O_RDONLY | O_CLOEXEC))
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw SystemError("fstat", code)
        }
        byteCount = Int(information.st_size)
        isDirectory = information.st_mode & S_IFMT == S_IFDIR
    }

    /// Takes over an open descriptor, such as one that another process sent.
    package init(descriptor: CInt) throws(SystemError) {
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { throw SystemError("fstat", errno) }
        self.descriptor = descriptor
        byteCount = Int(information.st_size)
        isDirectory = information.st_mode & S_IFMT == S_IFDIR
    }

    deinit { Glibc.close(descriptor) }

    /// Tells the kernel that the whole file will be read soon, front to back.
    package func readAhead() {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
    }

    /// Appends up to `maximum` bytes from `offset` to `buffer`, which must have room; 0 at the end of the file.
    package func read(into buffer: IOBuffer, maximum: Int, at offset: Int) throws(SystemError) -> Int {
        while true {
            var failure: CInt = 0
            let count = unsafe buffer.withWritable { free in
                let n = unsafe pread(descriptor, free.baseAddress, min(free.count, maximum), off_t(offset))
                if n < 0 { failure = errno }
                return max(n, 0)
            }
            if failure == 0 { return count }
            if failure != EINTR { throw SystemError("pread", failure) }
        }
    }

    /// The bytes of a range, at most what the file has.
    package func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        let wanted = max(0, min(count, byteCount - offset))
        let buffer = IOBuffer(capacity: max(wanted, 1))
        while buffer.readableCount < wanted {
            let n = try read(into: buffer, maximum: wanted - buffer.readableCount, at: offset + buffer.readableCount)
            if n == 0 { break }
        }
        return buffer.readable.array()
    }
}
