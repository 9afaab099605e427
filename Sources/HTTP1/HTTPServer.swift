package import Reactor
internal import Synchronization

/// Listeners and their connections on a set of loops.
///
///     let server = HTTPServer(settings, loops: group.loops)
///     let address = try await server.listen(.loopback(port: 8080))
///     await server.drain(deadline: .after(.seconds(30)))
package final class HTTPServer: Sendable {
    private let shards: [LoopLocal<HTTPShard>]
    private let census: HTTPCensus

    package init(_ settings: HTTPServerSettings, loops: [EventLoop]) {
        precondition(!loops.isEmpty, "a server needs a loop")
        let census = HTTPCensus(settings.limits)
        self.census = census
        shards = loops.map { LoopLocal($0, HTTPShard(settings, loop: $0, census: census)) }
    }

    /// Open connections, for metrics.
    package var connectionCount: Int { census.count }

    /// Connections given up because a cap was reached, for metrics.
    package var refusedConnectionCount: Int { census.refusedCount }

    /// Begins to accept on `address`; gives the address with the port that was bound.
    package func listen(_ address: SocketAddress) async throws(SystemError) -> SocketAddress {
        let bound = await withCheckedContinuation { (continuation: CheckedContinuation<Bound, Never>) in
            shards[0].loop.spawn { [shards] in
                let shard = shards[0].value
                do throws(SystemError) {
                    let listener = try shard.listen(address)
                    continuation.resume(returning: .success(listener.address))
                    await shard.acceptAll(from: listener, for: shards)
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try bound.get()
    }

    private typealias Bound = Result<SocketAddress, SystemError>

    /// Stops accepting, closes idle connections, lets requests under way finish until `deadline`, then cuts the rest.
    package func drain(deadline: Deadline) async {
        for shard in shards { await shard.loop.spawn { shard.value.beginDrain() }.value }
        for shard in shards { await shard.loop.spawn { await shard.value.finishDrain(deadline) }.value }
    }
}

/// The connections of all loops, counted: in all, and for each client address.
final class HTTPCensus: Sendable {
    private struct State {
        var count = 0
        var refusedCount = 0
        var perPeer: [SocketAddress.Host: Int] = [:]
    }

    private let connectionCountMax: Int
    private let connectionPerPeerCountMax: Int
    private let state = Mutex(State())

    init(_ limits: HTTPLimits) {
        connectionCountMax = limits.connectionCountMax
        connectionPerPeerCountMax = limits.connectionPerPeerCountMax
    }

    var count: Int { state.withLock { $0.count } }
    var refusedCount: Int { state.withLock { $0.refusedCount } }

    /// False when a cap is reached.
    func enter(_ host: SocketAddress.Host?) -> Bool {
        state.withLock { state in
            let ofPeer = host.map { state.perPeer[$0, default: 0] } ?? 0
            guard state.count < connectionCountMax, ofPeer < connectionPerPeerCountMax else {
                state.refusedCount += 1
                return false
            }
            state.count += 1
            if let host { state.perPeer[host] = ofPeer + 1 }
            return true
        }
    }

    func leave(_ host: SocketAddress.Host?) {
        state.withLock { state in
            state.count -= 1
            guard let host, let ofPeer = state.perPeer[host] else { return }
            state.perPeer[host] = ofPeer > 1 ? ofPeer - 1 : nil
        }
    }
}
