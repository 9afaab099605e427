internal import DICOMNetwork
package import Reactor

/// The staged diagnosis of a destination, ending in C-ECHO.
package struct EchoProbe {
    private let loop: EventLoop
    private let resolver: Resolver

    package init(on loop: EventLoop, resolver: Resolver) {
        self.loop = loop
        self.resolver = resolver
    }

    /// Goes as far as it gets. On the loop.
    package func run(_ destination: Destination) async -> EchoReport {
        let steps = StepList()
        let connector = DestinationConnector(on: loop, resolver: resolver) { steps.items.append($0) }
        var advice = ""
        var isOK = false
        do throws(DestinationError) {
            let connected = try await connector.connect(to: destination, proposing: [.verification])
            try await echo(over: connected.association, connector)
            try await release(connected.association, connector)
            isOK = true
            advice = EchoAdvice.success(destination, connected.tls)
        } catch {
            advice = EchoAdvice.sentence(for: error, destination)
        }
        return EchoReport(
            target: "\(destination.calledAE) at \(destination.hostAndPort)", isOK: isOK, steps: steps.items,
            advice: advice)
    }

    private func echo(
        over association: Association, _ connector: DestinationConnector
    ) async throws(DestinationError) {
        _ = try await connector.step(.echo) { (status: DIMSEStatus) in
            status.description
        } _: { () async throws(DestinationError) in
            let status: DIMSEStatus
            do throws(AssociationError) {
                status = try await association.echo()
            } catch {
                await association.abort()
                throw DestinationError(.echo, .association(error))
            }
            guard status == .success else {
                await association.abort()
                throw DestinationError(.echo, .echoStatus(status))
            }
            return status
        }
    }

    private func release(
        _ association: Association, _ connector: DestinationConnector
    ) async throws(DestinationError) {
        try await connector.step(.release) { (_: Void) in
            "released"
        } _: { () async throws(DestinationError) in
            do throws(AssociationError) {
                try await association.release()
            } catch {
                throw DestinationError(.release, .association(error))
            }
        }
    }

    private final class StepList {
        var items: [DestinationStep] = []
    }
}
