internal import AdminAPI
internal import BlobStore
internal import CodecProcess
internal import Domain
internal import Forwarding
internal import Imaging
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
    let plan: any PlanRunner
    private let workers: WorkerPool
    private let codecs: CodecPool
    private let webhooks: WebhookDispatcher
    private let webhookLoop: EventLoop

    init(_ configuration: Configuration, _ machinery: Machinery, _ needs: Needs) throws(StartupError) {
        let keys = needs.masterKeys
        let factory = DestinationFactory(addressPolicy: needs.addressPolicy) {
            (organization, stored) throws(SecurityError) in
            try Self.open(stored.privateKeyCiphertext, organization, stored.certificate.id, "tls-private-key", keys)
        }
        let capabilities = CapabilityCache()
        echo = StoreEchoRunner(
            store: needs.store, factory: factory, resolver: machinery.resolver, loops: machinery.dataLoops,
            capabilities: capabilities)
        codecs = Self.codecs(configuration, needs)
        var services = WorkerServices(
            store: needs.store, volume: needs.volume, resolver: machinery.resolver, destinations: factory,
            metrics: needs.metrics, logger: needs.logger)
        services.capabilities = capabilities
        services.transcoding = try Self.transcoding(configuration, machinery, codecs)
        plan = StorePlanRunner(preview: PlanPreview(services))
        var settings = WorkerSettings(workers: configuration.workers ?? max(2, ProcessInfo.coreCount))
        settings.backoff = Backoff(
            base: .seconds(configuration.retryBaseSeconds), cap: .seconds(configuration.retryMaxSeconds),
            attemptsMax: configuration.retryAttempts)
        // A destination as a whole never waits longer than a delivery may.
        settings.laneBackoff = Backoff(
            base: min(settings.laneBackoff.base, settings.backoff.base),
            cap: min(settings.laneBackoff.cap, settings.backoff.cap), attemptsMax: settings.laneBackoff.attemptsMax)
        workers = WorkerPool(services, settings: settings, loops: machinery.dataLoops)
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

    // MARK: Codecs

    private static func codecs(_ configuration: Configuration, _ needs: Needs) -> CodecPool {
        var settings = CodecPoolSettings()
        if let count = configuration.codecProcesses { settings.processesMax = count }
        settings.videoEncoder = VideoEncoder.find(in: ProcessInfo.environment["PATH"] ?? "")
        let pool = CodecPool(settings, logger: needs.logger)
        needs.metrics.gauge("causeway_codec_queue", "Objects that wait for a codec process.") {
            Double(pool.queueLength)
        }
        needs.metrics.gauge("causeway_codec_processes_started", "Codec processes started since the start.") {
            Double(pool.startedCount)
        }
        needs.metrics.gauge("causeway_codec_processes_lost", "Codec processes that crashed or took too long.") {
            Double(pool.lostCount)
        }
        return pool
    }

    private static func transcoding(
        _ configuration: Configuration, _ machinery: Machinery, _ codecs: CodecPool
    ) throws(StartupError) -> Transcoding {
        let root = "\(configuration.dataDirectory)/artefacts"
        let artefacts: ArtefactStore
        do throws(SystemError) {
            artefacts = try ArtefactStore(
                root: root, budgetByteCount: configuration.artefactBytes, pool: machinery.blocking)
        } catch {
            throw StartupError("encoded objects cannot be kept in \(root): \(error.message)")
        }
        let environment = PlannerEnvironment(hasVideoEncoder: codecs.hasVideoEncoder)
        return Transcoding(artefacts: artefacts, environment: environment) {
            (input, output, recipe, organization) async throws(CodecPoolError) in
            try await codecs.transcode(input: input, output: output, recipe, organization: organization)
        }
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

    func drain(deadline: Deadline) async {
        await workers.drain(by: deadline)
        codecs.close()
    }
}

/// The API's echo: the settings as stored, the same way to the site as the workers'.
struct StoreEchoRunner: EchoRunner {
    let store: Store
    let factory: DestinationFactory
    let resolver: Resolver
    let loops: EventLoopGroup
    let capabilities: CapabilityCache

    func echo(_ integration: Integration, _ connection: Connection) async -> EchoAnswer {
        let destination: Destination
        do throws(DeliveryError) {
            destination = try factory.destination(
                for: integration, over: connection, pins: connection.certificates,
                clientCertificate: await clientCertificate(connection))
        } catch {
            return Self.unusable(integration, error)
        }
        // A person looks because something was changed there.
        capabilities.forget(integration.id)
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

/// The API's preview of what would be sent.
struct StorePlanRunner: PlanRunner {
    let preview: PlanPreview

    func plan(
        studyId: UUID, for integration: Integration, over connection: Connection
    ) async throws(StoreError) -> PlanAnswer {
        let (report, transcript) = try await preview.plan(studyId: studyId, for: integration, over: connection)
        return PlanAnswer(report: report, transcript: transcript)
    }
}
