package import Reactor

/// Two streams over loopback TCP on one loop, connected to each other.
package struct StreamPair {
    package let client: SocketStream
    package let server: SocketStream

    /// On the loop.
    package init(on loop: EventLoop) async throws {
        let listener = try Listener(.loopback(port: 0), on: loop)
        defer { listener.close() }
        client = try await SocketStream.connect(to: listener.address, on: loop, deadline: .after(.seconds(5)))
        guard let accepted = await listener.accept() else { throw StreamError.closed }
        server = try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
    }
}
