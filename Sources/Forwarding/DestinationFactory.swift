internal import Bytes
package import Domain
package import JSON
package import Reactor
package import Security
package import Store
internal import Synchronization

/// Makes destinations out of what is stored, and keeps their TLS contexts so that sessions are resumed.
package final class DestinationFactory: Sendable {
    /// Opens the private key (PEM) of a client certificate of an organization.
    package typealias KeyOpener = @Sendable (UUID, StoredCertificate) throws(SecurityError) -> SecretBytes

    /// A context, and what it was made for.
    private struct Entry {
        let signature: String
        let tls: DestinationTLS
    }

    private let addressPolicy: AddressPolicy
    private let timeouts: DestinationTimeouts
    private let openKey: KeyOpener
    private let entries = Mutex<[UUID: Entry]>([:])
    /// Connections that are used at the same time rarely exceed this; a context costs some 100 KB.
    private static let entriesMax = 512

    package init(
        addressPolicy: AddressPolicy, timeouts: DestinationTimeouts = DestinationTimeouts(),
        openKey: @escaping KeyOpener
    ) {
        self.addressPolicy = addressPolicy
        self.timeouts = timeouts
        self.openKey = openKey
    }

    /// - Parameters:
    ///   - pins: certificates of the site's server, `next` and `active`; others are ignored.
    ///   - clientCertificate: to be shown when the connection asks for it.
    package func destination(
        for integration: Integration, over connection: Connection, pins: [Domain.Certificate],
        clientCertificate: StoredCertificate?
    ) throws(DeliveryError) -> Destination {
        var transport = DestinationTransport.plain
        if connection.spec.tls.mode == .active {
            transport = .tls(try tls(for: connection, pins, clientCertificate))
        }
        guard let port = UInt16(exactly: integration.spec.port) else {
            throw Self.misconfigured("The port \(integration.spec.port) is not a port.")
        }
        var destination = Destination(
            host: connection.spec.host, port: port, callingAE: integration.spec.callingAET,
            calledAE: integration.spec.calledAET, transport: transport)
        destination.addressPolicy = addressPolicy
        destination.timeouts = timeouts
        return destination
    }

    private func tls(
        for connection: Connection, _ certificates: [Domain.Certificate], _ client: StoredCertificate?
    ) throws(DeliveryError) -> DestinationTLS {
        let pins = certificates.filter { $0.purpose == .server && $0.state != .retired }.map(\.facts.spkiSHA256)
            .sorted()
        let wantsClient = connection.spec.tls.clientCertificate == .generate
        let clientId = wantsClient ? client.map { "\($0.certificate.id)" } ?? "" : ""
        let signature = "\(connection.version) \(clientId) \(pins.joined(separator: " "))"
        let known = entries.withLock { $0[connection.id] }
        if let known, known.signature == signature { return known.tls }
        var settings = TLSClientSettings(verification: try Self.verification(connection.spec, pins))
        settings.policy = Self.policy(connection.spec.tls.policy)
        settings.serverName = connection.spec.host
        if wantsClient { settings.identity = try identity(connection, client) }
        let tls: DestinationTLS
        do throws(SecurityError) {
            tls = try DestinationTLS(settings)
        } catch {
            throw Self.misconfigured("The TLS settings of the connection cannot be used: \(error).")
        }
        entries.withLock { entries in
            if entries.count >= Self.entriesMax { entries.removeAll() }
            entries[connection.id] = Entry(signature: signature, tls: tls)
        }
        return tls
    }

    private func identity(_ connection: Connection, _ client: StoredCertificate?) throws(DeliveryError) -> Identity {
        guard let client else {
            throw Self.misconfigured("The connection has no client certificate to show.")
        }
        do throws(SecurityError) {
            let key = try openKey(connection.organizationId, client)
            return try Identity(certificatePEM: Array(client.certificate.facts.pem.utf8), keyPEM: key.copy)
        } catch {
            throw Self.misconfigured("The key of the client certificate cannot be opened: \(error).")
        }
    }

    private static func verification(
        _ spec: ConnectionSpec, _ pins: [String]
    ) throws(DeliveryError) -> TLSVerification {
        switch spec.tls.verification {
        case .none: return .none
        case .ca: return .authority(.system, name: spec.host)
        case .pin:
            let hashes = pins.compactMap { Hex.decode($0) }
            guard !hashes.isEmpty else {
                throw misconfigured("The connection has no certificate by which its server could be recognized.")
            }
            return .pin(hashes)
        }
    }

    private static func policy(_ policy: TLSSettings.Policy) -> TLSPolicy {
        switch policy {
        case .bcp195: .bcp195
        case .tls12: .tls12
        case .bcp195Modified: .bcp195Modified
        }
    }

    private static func misconfigured(_ message: String) -> DeliveryError {
        DeliveryError(
            .configuration, message,
            advice: "Correct the settings of the connection and its certificates, then press echo.")
    }
}
