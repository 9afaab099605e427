package import Reactor

/// Runs `body` as a task on a fresh event loop with a thread of its own, and gives back what it returns.
package func onLoop<T: Sendable>(
    _ body: sending @escaping @Sendable (EventLoop) async throws -> T
) async throws -> T {
    let group = try EventLoopGroup(count: 1, name: "test")
    defer { group.stop() }
    let loop = group.loops[0]
    return try await Task(executorPreference: loop) { try await body(loop) }.value
}
