internal import Logging
internal import Reactor

/// The part of a server that lives on one loop: its listeners and the connections given to it.
final class HTTPShard {
    private let loop: EventLoop
    private let settings: HTTPServerSettings
    private let census: HTTPCensus
    private let services: HTTPServices
    private var listeners: [Listener] = []
    private var isDraining = false
    private var nextKey = 0
    private var connections: [Int: HTTPConnection] = [:]
    /// Sockets whose TLS handshake is under way.
    private var handshakes: [Int: SocketStream] = [:]

    init(_ settings: HTTPServerSettings, loop: EventLoop, census: HTTPCensus) {
        self.settings = settings
        self.loop = loop
        self.census = census
        services = HTTPServices(settings)
    }

    /// Binds; the listener accepts once `acceptAll` runs.
    func listen(_ address: SocketAddress) throws(SystemError) -> Listener {
        let listener = try Listener(address, on: loop)
        listeners.append(listener)
        return listener
    }

    /// Accepts until the listener is closed, and deals the connections out to `shards`.
    func acceptAll(from listener: Listener, for shards: [LoopLocal<HTTPShard>]) async {
        var turn = 0
        while let accepted = await listener.accept() {
            guard !isDraining, census.enter(accepted.peer?.host) else {
                accepted.refuse()
                continue
            }
            let shard = shards[turn % shards.count]
            turn += 1
            shard.loop.spawn { await shard.value.serve(accepted) }
        }
    }

    private func serve(_ accepted: Listener.Accepted) async {
        defer { census.leave(accepted.peer?.host) }
        guard !isDraining else { return accepted.refuse() }
        let socket: SocketStream
        do throws(SystemError) {
            socket = try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
        } catch {
            settings.logger.warning("a connection could not be taken over", metadata: ["error": "\(error)"])
            return
        }
        nextKey += 1
        let key = nextKey
        guard let stream = await handshake(socket, key) else { return }
        defer { stream.close() }
        if isDraining { return }
        let connection = HTTPConnection(stream, services)
        connections[key] = connection
        await connection.run()
        connections[key] = nil
    }

    private func handshake(_ socket: SocketStream, _ key: Int) async -> (any ByteStream)? {
        guard let wrap = settings.wrap else { return socket }
        handshakes[key] = socket
        defer { handshakes[key] = nil }
        do throws(StreamError) {
            return try await wrap(socket, .after(settings.limits.handshakeTimeout))
        } catch {
            settings.logger.debug("TLS handshake failed", metadata: ["error": "\(error)"])
            socket.close()
            return nil
        }
    }

    func beginDrain() {
        isDraining = true
        for listener in listeners { listener.close() }
        for socket in handshakes.values { socket.close() }
        for connection in connections.values { connection.shutDown() }
    }

    func finishDrain(_ deadline: Deadline) async {
        while !connections.isEmpty, !deadline.isPast {
            await loop.sleep(until: min(deadline, .after(.milliseconds(10))))
        }
        for connection in connections.values { connection.close() }
    }
}
