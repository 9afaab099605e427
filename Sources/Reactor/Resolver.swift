internal import CLinux
internal import Glibc

/// A name that did not resolve, in the resolver's words.
package struct ResolveError: Error, Sendable, CustomStringConvertible {
    package let name: String
    package let reason: String
    package var description: String { "\(name): \(reason)" }
}

/// Names to addresses, on a blocking pool.
package struct Resolver: Sendable {
    private let pool: BlockingPool

    package init(pool: BlockingPool) {
        self.pool = pool
    }

    /// All stream addresses of `name` in the resolver's order; an address literal is returned as it is.
    package func resolve(_ name: String, port: UInt16) async throws(ResolveError) -> [SocketAddress] {
        if let literal = SocketAddress(literal: name, port: port) { return [literal] }
        return try await pool.runThrowing { () throws(ResolveError) in try Self.lookUp(name, port) }
    }

    private static func lookUp(_ name: String, _ port: UInt16) throws(ResolveError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else {
            throw ResolveError(
                name: name, reason: unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "unknown")
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ai_next
            guard let raw = unsafe entry.pointee.ai_addr else { continue }
            var storage = sockaddr_storage()
            let length = unsafe min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: length))
            }
            guard let address = SocketAddress(&storage) else { continue }
            let withPort = SocketAddress(host: address.host, port: port)
            if !addresses.contains(withPort) { addresses.append(withPort) }
        }
        guard !addresses.isEmpty else { throw ResolveError(name: name, reason: "no address") }
        return addresses
    }
}
