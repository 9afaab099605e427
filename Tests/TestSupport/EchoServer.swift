internal import Bytes
internal import Reactor

/// Runs `body` with the port of a loopback TCP server that sends everything back.
package func withEchoServer<T: Sendable>(
    _ body: sending @escaping @Sendable (UInt16) async throws -> T
) async throws -> T {
    let group = try EventLoopGroup(count: 1, name: "echo")
    defer { group.stop() }
    let loop = group.loops[0]
    let port = try await Task(executorPreference: loop) {
        let listener = try Listener(.loopback(port: 0), on: loop)
        loop.spawn {
            while let accepted = await listener.accept() {
                loop.spawn { await echo(accepted, on: loop) }
            }
        }
        return listener.address.port
    }.value
    return try await body(port)
}

private func echo(_ accepted: Listener.Accepted, on loop: EventLoop) async {
    guard let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else { return }
    let buffer = IOBuffer(capacity: 16_384)
    while let count = try? await stream.read(into: buffer, deadline: .never), count > 0 {
        guard (try? await stream.write(buffer, deadline: .never)) != nil else { break }
    }
    stream.close()
}
