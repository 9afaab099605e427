package import Bytes
internal import CLinux
internal import Glibc

/// What comes out of a pipe, front to back. Reads block.
package final class PipeReader: Sendable {
    private let descriptor: CInt

    /// Takes over the descriptor.
    package init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// Appends exactly `count` bytes; false when the pipe ends before.
    package func read(_ count: Int, into buffer: IOBuffer) throws(SystemError) -> Bool {
        buffer.reserve(count)
        var left = count
        while left > 0 {
            var failure: CInt = 0
            let n = unsafe buffer.withWritable { free in
                let n = unsafe Glibc.read(descriptor, free.baseAddress, min(free.count, left))
                if n < 0 { failure = errno }
                return max(n, 0)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw SystemError("read", failure) }
            if n == 0 { return false }
            left -= n
        }
        return true
    }
}
