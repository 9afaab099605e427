internal import CLinux
internal import Glibc

/// An IP address with a port, or the path of a Unix socket.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Host: Hashable, Sendable {
        /// Four bytes, network order.
        case v4([UInt8])
        /// Sixteen bytes, network order.
        case v6([UInt8])
        case unix(path: String)
    }

    package let host: Host
    package let port: UInt16

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    package static func loopback(port: UInt16) -> SocketAddress {
        SocketAddress(host: .v4([127, 0, 0, 1]), port: port)
    }

    /// All addresses of this machine, IPv4.
    package static func any(port: UInt16) -> SocketAddress { SocketAddress(host: .v4([0, 0, 0, 0]), port: port) }

    /// An address literal of either family; nil when `text` is a name. Only the canonical dotted form counts as IPv4.
    package init?(literal text: String, port: UInt16) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self.init(host: .v4(unsafe withUnsafeBytes(of: &v4) { unsafe Array($0) }), port: port)
        } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(host: .v6(unsafe withUnsafeBytes(of: &v6) { unsafe Array($0) }), port: port)
        } else {
            return nil
        }
    }

    /// The address without its port.
    package var hostDescription: String {
        switch host {
        case .v4(let bytes): bytes.map(String.init).joined(separator: ".")
        case .v6(let bytes): Self.text(v6: bytes)
        case .unix(let path): path
        }
    }

    package var description: String {
        switch host {
        case .v4: "\(hostDescription):\(port)"
        case .v6: "[\(hostDescription)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    package var isLoopback: Bool {
        switch host {
        case .v4(let bytes): bytes[0] == 127
        case .v6(let bytes): bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        case .unix: true
        }
    }

    private static func text(v6 bytes: [UInt8]) -> String {
        var address = in6_addr()
        unsafe withUnsafeMutableBytes(of: &address) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let text = unsafe inet_ntop(AF_INET6, &address, buffer.baseAddress, 64) else { return "?" }
            return unsafe String(cString: text)
        }
    }

    var family: CInt {
        switch host {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Lends the kernel's form of the address; nil from `body` never occurs, a path over 107 bytes throws ENAMETOOLONG.
    func withKernelForm(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) throws(SystemError) -> CInt {
        var storage = sockaddr_storage()
        let length: Int
        switch host {
        case .v4(let bytes):
            var form = sockaddr_in()
            form.sin_family = sa_family_t(AF_INET)
            form.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &form.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            length = MemoryLayout<sockaddr_in>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: form, as: sockaddr_in.self) }
        case .v6(let bytes):
            var form = sockaddr_in6()
            form.sin6_family = sa_family_t(AF_INET6)
            form.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &form.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
            length = MemoryLayout<sockaddr_in6>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: form, as: sockaddr_in6.self) }
        case .unix(let path):
            let utf8 = Array(path.utf8)
            guard utf8.count < 108 else { throw SystemError("bind", ENAMETOOLONG) }
            storage.ss_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &storage) { raw in
                for (i, byte) in utf8.enumerated() { unsafe raw[2 + i] = byte }
            }
            length = 2 + utf8.count + 1
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }

    init?(_ storage: inout sockaddr_storage) {
        switch CInt(storage.ss_family) {
        case AF_INET:
            let form = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in.self) }
            self.init(
                host: .v4(unsafe withUnsafeBytes(of: form.sin_addr) { unsafe Array($0) }), port: form.sin_port.bigEndian
            )
        case AF_INET6:
            let form = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in6.self) }
            self.init(
                host: .v6(unsafe withUnsafeBytes(of: form.sin6_addr) { unsafe Array($0) }),
                port: form.sin6_port.bigEndian)
        case AF_UNIX:
            self.init(host: .unix(path: ""), port: 0)
        default:
            return nil
        }
    }
}
