internal import CLinux
internal import Glibc

/// A listening socket. It survives running out of descriptors, and stops accepting at a cap of open connections.
package final class Listener: @unchecked Sendable {
    private let loop: EventLoop
    private let registration: Registration
    private var isOpen = true
    /// Where it listens, with the port that the kernel chose when 0 was asked for.
    package let address: SocketAddress

    /// Binds and listens. On the loop.
    package init(_ address: SocketAddress, on loop: EventLoop, backlog: CInt = 4096) throws(SystemError) {
        self.loop = loop
        let flags = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = try Syscalls.check("socket", socket(address.family, flags, 0))
        do throws(SystemError) {
            Syscalls.setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            _ = try Syscalls.check("bind", unsafe try address.withKernelForm { unsafe bind(descriptor, $0, $1) })
            _ = try Syscalls.check("listen", listen(descriptor, backlog))
            self.address = Self.bound(descriptor) ?? address
            registration = try loop.register(descriptor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        precondition(!isOpen, "a listener was dropped without close")
    }

    private static func bound(_ descriptor: CInt) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return SocketAddress(&storage)
    }

    /// An accepted connection, not yet on any loop.
    package struct Accepted: Sendable {
        package let descriptor: CInt
        package let peer: SocketAddress?

        /// Gives the connection up without having read from it.
        package func refuse() { Glibc.close(descriptor) }
    }

    /// The next connection, or nil when the listener was closed. When the process has no descriptor left it waits, 5 ms
    /// growing to 1 s, rather than fail.
    package func accept() async -> Accepted? {
        var backOff = Duration.milliseconds(5)
        while isOpen {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe clinux_accept(registration.descriptor, $0, &length)
                }
            }
            if descriptor >= 0 { return Accepted(descriptor: descriptor, peer: SocketAddress(&storage)) }
            switch errno {
            case EAGAIN, EWOULDBLOCK:
                if await registration.readable(.never) == .closed { return nil }
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                await loop.sleep(for: backOff)
                backOff = min(backOff * 2, .seconds(1))
            default:
                // ECONNABORTED and its like belong to one connection, not to the listener.
                await loop.yield()
            }
        }
        return nil
    }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        loop.deregister(registration)
        Glibc.close(registration.descriptor)
    }
}
