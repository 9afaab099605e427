package import DICOMNetwork
package import Reactor
package import Security

/// Where objects go, and how to get there.
package struct Destination: Sendable {
    /// A DNS name or an address.
    package var host: String
    package var port: UInt16
    package var callingAE: String
    package var calledAE: String
    package var transport: DestinationTransport
    /// Judges each address before it is connected to; nil: any address.
    package var addressPolicy: AddressPolicy?
    package var timeouts = DestinationTimeouts()

    package init(
        host: String, port: UInt16, callingAE: String, calledAE: String, transport: DestinationTransport
    ) {
        self.host = host
        self.port = port
        self.callingAE = callingAE
        self.calledAE = calledAE
        self.transport = transport
    }

    /// Such as `pacs.example:11112`.
    package var hostAndPort: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    var isTLS: Bool {
        if case .tls = transport { true } else { false }
    }
}

/// What carries the association.
package enum DestinationTransport: Sendable {
    case plain
    case tls(DestinationTLS)
}

/// TLS towards one destination. Keep it as long as its settings stand: TLS sessions are resumed through it.
package final class DestinationTLS: Sendable {
    package let settings: TLSClientSettings
    let context: TLSClientContext

    package init(_ settings: TLSClientSettings) throws(SecurityError) {
        self.settings = settings
        context = try TLSClientContext(settings)
    }
}

/// How long each stage may take.
package struct DestinationTimeouts: Sendable {
    package var resolve = Duration.seconds(10)
    /// For each address.
    package var connect = Duration.seconds(10)
    package var handshake = Duration.seconds(15)
    package var association = AssociationTimeouts()

    package init() {}
}

/// The steps on the way to a destination, in their order.
package enum DestinationStage: String, Sendable, CaseIterable {
    case resolve, connect, tls, associate, echo, release
}

/// One step that was taken.
package struct DestinationStep: Sendable {
    package let stage: DestinationStage
    package let isOK: Bool
    package let duration: Duration
    /// What was found, or what went wrong, in words.
    package let detail: String

    package init(stage: DestinationStage, isOK: Bool, duration: Duration, detail: String) {
        self.stage = stage
        self.isOK = isOK
        self.duration = duration
        self.detail = detail
    }
}

/// Why a destination was not reached.
package struct DestinationError: Error, Sendable, CustomStringConvertible {
    package enum Fault: Sendable {
        case notResolved(reason: String)
        case resolveTimedOut
        /// The address policy refuses every address, in words for the tenant.
        case addressRefused(String)
        /// Each address that was tried, with its error. Not empty.
        case notConnected([AddressFailure])
        case tls(TLSError)
        case association(AssociationError)
        /// The answer to C-ECHO.
        case echoStatus(DIMSEStatus)
    }

    package struct AddressFailure: Sendable {
        package let address: SocketAddress
        package let error: StreamError
    }

    package let stage: DestinationStage
    package let fault: Fault

    package init(_ stage: DestinationStage, _ fault: Fault) {
        self.stage = stage
        self.fault = fault
    }

    package var description: String {
        switch fault {
        case .notResolved(let reason): "the name does not resolve: \(reason)"
        case .resolveTimedOut: "the name was not resolved in time"
        case .addressRefused(let reason): reason
        case .notConnected(let failures):
            failures.map { "\($0.address): \(Self.words($0.error))" }.joined(separator: "; ")
        case .tls(let error): error.description
        case .association(let error): error.description
        case .echoStatus(let status): "C-ECHO was answered with \(status)"
        }
    }

    private static func words(_ error: StreamError) -> String {
        if case .system(let error) = error { return error.message }
        return error.description
    }
}
