internal import AdminAPI
internal import BlobStore
internal import Domain
internal import Forwarding
internal import JSON
internal import Logging
internal import Metrics
internal import Outbound
internal import Reactor
internal import Security
internal import Store

/// Everything that connects to sites: workers, webhooks, and the echo that the API offers.
final class ForwardingParts: Sendable {
    /// What is shared with the rest of the process.
    struct Needs: Sendable {
        let store: Store
        let volume: LocalVolume
        let masterKeys: MasterKeyRing
        let addressPolicy: AddressPolicy
        let metrics: Metrics
        let logger: Logger
    }

    let echo: any EchoRunner
    private let workers: WorkerPool
    private let webhooks: WebhookDispatcher
    private let webhookLoop: EventLoop

    init(_ configuration: Configuration, _ machinery: Machinery, _ needs: Needs) throws(StartupError) {
        let keys = needs.masterKeys
        let factory = DestinationFactory(addressPolicy: needs.addressPolicy) {
            (organization, stored) throws(SecurityError) in
            try Self.open(stored.privateKeyCiphertext, organization, stored.certificate.id, "tls-private-key", keys)
        }
        echo = StoreEchoRunner(
            store: needs.store, factory: factory, resolver: machinery.resolver, loops: machinery.dataLoops)
        var settings = WorkerSettings(workers: configuration.workers ?? max(2, ProcessInfo.coreCount))
        settings.backoff = Backoff(
            base: .seconds(configuration.retryBaseSeconds), cap: .seconds(configuration.retryMaxSeconds),
            attemptsMax: configuration.retryAttempts)
        // A destination as a whole never waits longer than a delivery may.
        settings.laneBackoff = Backoff(
            base: min(settings.laneBackoff.base, settings.backoff.base),
            cap: min(settings.laneBackoff.cap, settings.backoff.cap), attemptsMax: settings.laneBackoff.attemptsMax)
        workers = WorkerPool(
            WorkerServices(
                store: needs.store, volume: needs.volume, resolver: machinery.resolver, destinations: factory,
                metrics: needs.metrics, logger: needs.logger),
            settings: settings, loops: machinery.dataLoops)
        webhookLoop = machinery.mainLoop
        let client = try StartupError.explaining({ "\($0)" }) { () throws(OutboundError) in
            try HTTPClient(on: machinery.mainLoop)
        }
        webhooks = WebhookDispatcher(
            store: needs.store, client: client, loop: machinery.mainLoop,
            addressPolicy: needs.addressPolicy,
            openSecret: { (stored) throws(SecurityError) in
                try Self.open(
                    stored.secretCiphertext, stored.webhook.organizationId, stored.webhook.id, "webhook-secret", keys)
            }, metrics: needs.metrics, logger: needs.logger)
    }

    private static func open(
        _ sealed: [UInt8]?, _ organization: UUID, _ record: UUID, _ purpose: String, _ keys: MasterKeyRing
    ) throws(SecurityError) -> SecretBytes {
        guard let sealed else { throw .malformed("sealed secret") }
        let context = SecretContext(tenantID: "\(organization)", recordID: "\(record)", purpose: purpose)
        return try SecretEnvelope.open(sealed, for: context, with: keys)
    }

    /// Begins to forward.
    func start() {
        workers.start()
        let webhooks = webhooks
        webhookLoop.spawn { await webhooks.run() }
    }

    /// There may be new deliveries.
    func nudge() { workers.nudge() }

    func drain(deadline: Deadline) async { await workers.drain(by: deadline) }
}

/// The API's echo: the settings as stored, the same way to the site as the workers'.
struct StoreEchoRunner: EchoRunner {
    let store: Store
    let factory: DestinationFactory
    let resolver: Resolver
    let loops: EventLoopGroup

    func echo(_ integration: Integration, _ connection: Connection) async -> EchoAnswer {
        let destination: Destination
        do throws(DeliveryError) {
            destination = try factory.destination(
                for: integration, over: connection, pins: connection.certificates,
                clientCertificate: await clientCertificate(connection))
        } catch {
            return Self.unusable(integration, error)
        }
        let loop = loops.next()
        let report = await Task(executorPreference: loop) {
            await EchoProbe(on: loop, resolver: resolver).run(destination)
        }.value
        return EchoAnswer(ok: report.isOK, report: report.json, transcript: report.transcript)
    }

    private func clientCertificate(_ connection: Connection) async -> StoredCertificate? {
        let own = connection.certificates.first { $0.purpose == .client && $0.state == .active }
        guard let own else { return nil }
        // Without it the peer says that it wants one, which is the better diagnosis.
        return try? await store.scope(connection.organizationId).certificate(own.id, of: connection.id)
    }

    /// Settings that cannot be used are found before the first step.
    private static func unusable(_ integration: Integration, _ error: DeliveryError) -> EchoAnswer {
        let advice = "\(error.message) \(error.advice)"
        return EchoAnswer(
            ok: false, report: ["ok": .bool(false), "steps": [], "advice": .string(advice)],
            transcript: "\(integration.spec.name): \(advice)\n")
    }
}
