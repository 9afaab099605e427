internal import DICOMNetwork
internal import Logging
internal import Metrics
internal import Reactor
internal import Security
internal import Synchronization

/// A DICOM listener: each connection is a task on one of the data loops, from the handshake to the release.
final class DICOMServer: Sendable {
    /// Who serves one connection.
    typealias MakeHandler = @Sendable () -> any AssociationHandler

    struct Settings: Sendable {
        var tls: TLSServerContext?
        var handshakeTimeout = Duration.seconds(10)
        var connectionsMax = 256
        var timeouts = AssociationTimeouts()
    }

    private let settings: Settings
    private let makeHandler: MakeHandler
    private let logger: Logger
    private let open = Atomic<Int>(0)
    private let connections = Mutex<[Int: @Sendable () -> Void]>([:])
    private let sequence = Atomic<Int>(0)
    private let listener = Mutex<(Listener, EventLoop)?>(nil)

    init(_ settings: Settings, logger: Logger, makeHandler: @escaping MakeHandler) {
        self.settings = settings
        self.makeHandler = makeHandler
        self.logger = logger
    }

    /// Connections being served.
    var connectionCount: Int { open.load(ordering: .relaxed) }

    /// Binds on `loop`, which accepts; connections go to `group` in rotation.
    func listen(_ address: SocketAddress, on loop: EventLoop, group: EventLoopGroup) throws(SystemError)
        -> SocketAddress
    {
        let bound = try Listener(address, on: loop)
        listener.withLock { $0 = (bound, loop) }
        loop.spawn { [self] in
            while let accepted = await bound.accept() {
                guard open.load(ordering: .relaxed) < settings.connectionsMax else {
                    accepted.refuse()
                    logger.warning(
                        "connection refused: too many are open", metadata: ["limit": "\(settings.connectionsMax)"])
                    continue
                }
                open.wrappingAdd(1, ordering: .relaxed)
                let home = group.next()
                home.spawn { [self] in await serve(accepted, on: home) }
            }
        }
        return bound.address
    }

    private func serve(_ accepted: Listener.Accepted, on loop: EventLoop) async {
        defer { open.wrappingSubtract(1, ordering: .relaxed) }
        guard let socket = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else {
            return
        }
        let id = sequence.wrappingAdd(1, ordering: .relaxed).oldValue
        connections.withLock { $0[id] = { loop.spawn { socket.close() } } }
        defer { connections.withLock { $0[id] = nil } }
        let peer: Logger.Metadata = ["peer": "\(accepted.peer.map(\.description) ?? "?")"]
        do throws(StreamError) {
            let stream = try await secure(socket)
            do throws(AssociationError) {
                _ = try await Acceptor.serve(stream, handler: makeHandler(), timeouts: settings.timeouts)
            } catch {
                logger.debug("association ended", metadata: peer.merging(["reason": "\(error)"]) { $1 })
            }
        } catch {
            socket.close()
            logger.info("handshake failed", metadata: peer.merging(["reason": "\(error)"]) { $1 })
        }
    }

    private func secure(_ socket: SocketStream) async throws(StreamError) -> any ByteStream {
        guard let tls = settings.tls else { return socket }
        return try await TLSFiles.accept(socket, tls, .after(settings.handshakeTimeout))
    }

    /// Stops accepting, lets associations finish until the deadline, then closes them.
    func drain(deadline: Deadline, on loop: EventLoop) async {
        if let (bound, home) = listener.withLock({ $0 }) { home.spawn { bound.close() } }
        while connectionCount > 0, !deadline.isPast { await loop.sleep(for: .milliseconds(20)) }
        for close in connections.withLock({ Array($0.values) }) { close() }
        while connectionCount > 0 { await loop.sleep(for: .milliseconds(5)) }
    }
}
