package import Bytes
internal import CLinux
internal import Glibc

/// A connected socket on a loop. TCP_NODELAY is on.
package final class SocketStream: ByteStream, @unchecked Sendable {
    private let loop: EventLoop
    private let registration: Registration
    private var isOpen = true
    /// The last read took all there was, so the next would block: it waits first and saves a call (epoll(7),
    /// "edge-triggered").
    private var isInputDrained = false
    package let peerAddress: SocketAddress?
    package var acknowledgesAtOnce = false

    /// Takes over a connected, non-blocking descriptor. On the loop.
    package init(adopting descriptor: CInt, peer: SocketAddress?, on loop: EventLoop) throws(SystemError) {
        self.loop = loop
        peerAddress = peer
        if peer?.family != AF_UNIX {
            Syscalls.setOption(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        }
        do {
            registration = try loop.register(descriptor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        precondition(!isOpen, "a socket was dropped without close")
    }

    /// The descriptor, for TLS that reads and writes it directly.
    package var descriptor: CInt { registration.descriptor }

    /// Connects to one address. On the loop.
    package static func connect(
        to address: SocketAddress, on loop: EventLoop, deadline: Deadline
    ) async throws(StreamError) -> SocketStream {
        let stream: SocketStream
        let pending: Bool
        do throws(SystemError) {
            let flags = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let descriptor = try Syscalls.check("socket", socket(address.family, flags, 0))
            stream = try SocketStream(adopting: descriptor, peer: address, on: loop)
            let result = unsafe try address.withKernelForm { unsafe Glibc.connect(descriptor, $0, $1) }
            pending = result != 0
            if pending, errno != EINPROGRESS {
                let code = errno
                stream.close()
                throw SystemError("connect", code)
            }
        } catch {
            throw .system(error)
        }
        if pending { try await stream.finishConnect(deadline) }
        return stream
    }

    private func finishConnect(_ deadline: Deadline) async throws(StreamError) {
        while true {
            let wake = await registration.writable(deadline)
            guard wake == .ready else {
                close()
                throw wake == .closed ? .closed : .timedOut(during: "connect")
            }
            let code = Syscalls.socketError(descriptor)
            if code != 0 {
                close()
                throw .system(SystemError("connect", code))
            }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let connected = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getpeername(descriptor, $0, &length)
                }
            }
            // A socket reports writable once before its connect has begun to make progress.
            if connected == 0 { return }
        }
    }

    package func read(into buffer: IOBuffer, deadline: Deadline) async throws(StreamError) -> Int {
        guard isOpen else { throw .closed }
        if isInputDrained {
            isInputDrained = false
            try await waitReadable(deadline)
        }
        while true {
            let room = buffer.writableCount
            switch try readNow(into: buffer) {
            case .bytes(let count):
                // After the peer's end no further edge comes: that end has to be read out.
                isInputDrained = count < room && !registration.hasPeerEnded
                return count
            case .endOfStream: return 0
            case .wouldBlock: try await waitReadable(deadline)
            }
        }
    }

    package func write(_ buffer: IOBuffer, deadline: Deadline) async throws(StreamError) {
        guard isOpen else { throw .closed }
        while buffer.readableCount > 0 {
            switch try writeNow(buffer) {
            case .bytes(let count): buffer.consume(count)
            case .endOfStream, .wouldBlock: try await waitWritable(deadline)
            }
        }
    }

    private func readNow(into buffer: IOBuffer) throws(StreamError) -> Syscalls.IOResult {
        do throws(SystemError) { return try Syscalls.read(descriptor, into: buffer) } catch { throw .system(error) }
    }

    private func writeNow(_ buffer: IOBuffer) throws(StreamError) -> Syscalls.IOResult {
        do throws(SystemError) { return try Syscalls.write(descriptor, from: buffer) } catch { throw .system(error) }
    }

    /// Waits for input after a read on the descriptor would have blocked.
    package func waitReadable(_ deadline: Deadline) async throws(StreamError) {
        if acknowledgesAtOnce { Syscalls.setOption(descriptor, CInt(IPPROTO_TCP), TCP_QUICKACK, 1) }
        try Self.check(await registration.readable(deadline), "read")
    }

    /// Waits for room after a write on the descriptor would have blocked.
    package func waitWritable(_ deadline: Deadline) async throws(StreamError) {
        try Self.check(await registration.writable(deadline), "write")
    }

    private static func check(_ wake: Wake, _ during: String) throws(StreamError) {
        switch wake {
        case .ready: return
        case .timedOut: throw .timedOut(during: during)
        case .closed: throw .closed
        }
    }

    package func shutDownOutput(deadline: Deadline) async {
        if isOpen { _ = shutdown(descriptor, CInt(SHUT_WR)) }
    }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        loop.deregister(registration)
        Glibc.close(descriptor)
    }
}
