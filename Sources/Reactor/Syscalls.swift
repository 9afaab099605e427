internal import Bytes
internal import CLinux
internal import Glibc

/// Every system call of the event loop: EINTR is retried, would-block is a value, anything else is a `SystemError`.
enum Syscalls {
    enum IOResult {
        case bytes(Int)
        case endOfStream
        case wouldBlock
    }

    @inline(__always)
    static func check(_ call: @autoclosure () -> String, _ result: CInt) throws(SystemError) -> CInt {
        if result < 0 {
            let code = errno
            throw SystemError(call(), code)
        }
        return result
    }

    static func read(_ descriptor: CInt, into buffer: IOBuffer) throws(SystemError) -> IOResult {
        while true {
            var failure: CInt = 0
            let count = unsafe buffer.withWritable { free in
                let n = unsafe recv(descriptor, free.baseAddress, free.count, 0)
                if n < 0 { failure = errno }
                return max(n, 0)
            }
            if count > 0 { return .bytes(count) }
            if failure == 0 { return .endOfStream }
            if failure == EINTR { continue }
            if failure == EAGAIN || failure == EWOULDBLOCK { return .wouldBlock }
            throw SystemError("recv", failure)
        }
    }

    static func write(_ descriptor: CInt, from buffer: IOBuffer) throws(SystemError) -> IOResult {
        let span = buffer.readable
        while true {
            let n = unsafe span.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if n >= 0 { return .bytes(n) }
            if errno == EINTR { continue }
            if errno == EAGAIN || errno == EWOULDBLOCK { return .wouldBlock }
            throw SystemError("send", errno)
        }
    }

    static func setOption(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    static func socketError(_ descriptor: CInt) -> CInt {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code
    }
}
