package import Reactor

/// Two ends of a loopback TCP connection. The second one is not on a loop yet, so that it can be sent to another task.
package struct StreamPair {
    package let client: SocketStream
    package let server: Listener.Accepted

    /// On the loop.
    package init(on loop: EventLoop) async throws {
        let listener = try Listener(.loopback(port: 0), on: loop)
        defer { listener.close() }
        client = try await SocketStream.connect(to: listener.address, on: loop, deadline: .after(.seconds(5)))
        guard let accepted = await listener.accept() else { throw StreamError.closed }
        server = accepted
    }
}
