package import DICOMNetwork
package import Reactor
package import Security

/// An association with a destination, and what is known of the way to it.
package final class ConnectedAssociation {
    package let association: Association
    package let address: SocketAddress
    /// Nil without TLS.
    package let tls: TLSSessionInfo?
    let stream: any ByteStream

    init(_ association: Association, over stream: any ByteStream, address: SocketAddress, tls: TLSSessionInfo?) {
        self.association = association
        self.stream = stream
        self.address = address
        self.tls = tls
    }
}

/// The way to a destination: resolve, judge, connect, TLS, association. Echo, worker and command line share it.
///
/// It runs on the loop it is given; each step is reported to `observe` when it ends.
package struct DestinationConnector {
    package typealias Observer = (DestinationStep) -> Void

    private let loop: EventLoop
    private let resolver: Resolver
    private let observe: Observer

    package init(on loop: EventLoop, resolver: Resolver, observe: @escaping Observer = { _ in }) {
        self.loop = loop
        self.resolver = resolver
        self.observe = observe
    }

    /// Opens an association that proposes `contexts`. On the loop.
    package func connect(
        to destination: Destination, proposing contexts: [ContextProposal]
    ) async throws(DestinationError) -> ConnectedAssociation {
        let addresses = try await resolve(destination)
        let socket = try await open(addresses, destination)
        let address = socket.peerAddress ?? addresses[0]
        var stream: any ByteStream = socket
        var info: TLSSessionInfo?
        if case .tls(let settings) = destination.transport {
            let tls = try await handshake(settings, over: socket, destination)
            stream = tls
            info = tls.info
        }
        let association = try await associate(over: stream, destination, contexts)
        return ConnectedAssociation(association, over: stream, address: address, tls: info)
    }

    /// Runs one step and reports it.
    func step<T>(
        _ stage: DestinationStage, _ words: (T) -> String,
        _ body: () async throws(DestinationError) -> T
    ) async throws(DestinationError) -> T {
        let start = Deadline.now
        do throws(DestinationError) {
            let value = try await body()
            report(stage, start, isOK: true, words(value))
            return value
        } catch {
            report(stage, start, isOK: false, error.description)
            throw error
        }
    }

    private func report(_ stage: DestinationStage, _ start: Deadline, isOK: Bool, _ detail: String) {
        let elapsed = Deadline.now.nanoseconds - start.nanoseconds
        observe(
            DestinationStep(stage: stage, isOK: isOK, duration: .nanoseconds(Int64(clamping: elapsed)), detail: detail))
    }

    private func resolve(_ destination: Destination) async throws(DestinationError) -> [SocketAddress] {
        try await step(.resolve) { addresses in
            addresses.map(\.hostDescription).joined(separator: ", ")
        } _: { () async throws(DestinationError) in
            let all = try await lookUp(destination)
            guard let policy = destination.addressPolicy else { return all }
            var refusals: [String] = []
            let allowed = all.filter { address in
                guard case .denied(let reason) = policy.verdict(address) else { return true }
                refusals.append(reason)
                return false
            }
            guard !allowed.isEmpty else {
                throw DestinationError(.resolve, .addressRefused(refusals.joined(separator: "; ")))
            }
            return allowed
        }
    }

    /// The resolver of the system has no deadline of its own.
    private func lookUp(_ destination: Destination) async throws(DestinationError) -> [SocketAddress] {
        if let literal = SocketAddress(literal: destination.host, port: destination.port) { return [literal] }
        let resolver = resolver
        let (host, port) = (destination.host, destination.port)
        let result = await loop.first(within: destination.timeouts.resolve) {
            () async -> Result<[SocketAddress], ResolveError> in
            do throws(ResolveError) {
                return .success(try await resolver.resolve(host, port: port))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let addresses): return addresses
        case .failure(let error): throw DestinationError(.resolve, .notResolved(reason: error.reason))
        case nil: throw DestinationError(.resolve, .resolveTimedOut)
        }
    }

    private func open(
        _ addresses: [SocketAddress], _ destination: Destination
    ) async throws(DestinationError) -> SocketStream {
        try await step(.connect) { socket in
            socket.peerAddress.map(\.description) ?? destination.hostAndPort
        } _: { () async throws(DestinationError) in
            var failures: [DestinationError.AddressFailure] = []
            for address in addresses {
                do throws(StreamError) {
                    return try await SocketStream.connect(
                        to: address, on: loop, deadline: .after(destination.timeouts.connect))
                } catch {
                    failures.append(.init(address: address, error: error))
                }
            }
            throw DestinationError(.connect, .notConnected(failures))
        }
    }

    private func handshake(
        _ tls: DestinationTLS, over socket: SocketStream, _ destination: Destination
    ) async throws(DestinationError) -> TLSStream {
        try await step(.tls) { stream in
            stream.info.map { TLSWords.describe($0, tls.settings.verification) } ?? ""
        } _: { () async throws(DestinationError) in
            do throws(TLSError) {
                let stream = try TLSStream(client: tls.context, over: socket)
                do throws(TLSError) {
                    try await stream.handshake(deadline: .after(destination.timeouts.handshake))
                    return stream
                } catch {
                    stream.close()
                    throw error
                }
            } catch {
                throw DestinationError(.tls, .tls(error))
            }
        }
    }

    private func associate(
        over stream: any ByteStream, _ destination: Destination, _ contexts: [ContextProposal]
    ) async throws(DestinationError) -> Association {
        try await step(.associate) { association in
            PeerWords.describe(association.negotiated)
        } _: { () async throws(DestinationError) in
            let parameters = AssociationParameters(
                callingAE: destination.callingAE, calledAE: destination.calledAE, contexts: contexts)
            do throws(AssociationError) {
                return try await Association.request(
                    over: stream, parameters, timeouts: destination.timeouts.association)
            } catch {
                stream.close()
                throw DestinationError(.associate, .association(error))
            }
        }
    }
}
