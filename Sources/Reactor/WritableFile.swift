internal import Bytes
internal import CLinux
internal import Glibc

/// A new file that is written front to back, or where one says. Every call may block: `BlockingPool`.
package final class WritableFile: @unchecked Sendable {
    private let descriptor: CInt
    package let path: String
    private var isOpen = true

    /// Creates `path`, which must not exist, with permissions 0600 unless told otherwise.
    package init(creating path: String, permissions: UInt32 = 0o600) throws(SystemError) {
        self.path = path
        descriptor = try Syscalls.check(
            "open \(path)", unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions)))
    }

    /// Takes over an open descriptor, such as one that another process sent; `name` stands for it in errors.
    package init(descriptor: CInt, name: String) {
        self.descriptor = descriptor
        path = name
    }

    deinit { if isOpen { Glibc.close(descriptor) } }

    /// Appends all of `bytes`.
    package func write(_ bytes: RawSpan) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let n = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.write(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done)
            }
            if n < 0 {
                if errno == EINTR { continue }
                throw SystemError("write \(path)", errno)
            }
            done += n
        }
    }

    /// Writes all of `bytes` at `offset`, wherever the end is.
    package func write(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let n = unsafe bytes.withUnsafeBytes { raw in
                unsafe pwrite(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done, off_t(offset + done))
            }
            if n < 0 {
                if errno == EINTR { continue }
                throw SystemError("pwrite \(path)", errno)
            }
            done += n
        }
    }

    /// Makes it empty.
    package func truncate() throws(SystemError) {
        _ = try Syscalls.check("ftruncate \(path)", ftruncate(descriptor, 0))
    }

    /// Forces the contents to the disk. After a failure the file must be thrown away: the kernel forgets what it lost.
    package func synchronize() throws(SystemError) {
        _ = try Syscalls.check("fsync \(path)", fsync(descriptor))
    }

    package func close() throws(SystemError) {
        guard isOpen else { return }
        isOpen = false
        _ = try Syscalls.check("close \(path)", Glibc.close(descriptor))
    }
}
