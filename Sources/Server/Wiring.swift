internal import AdminAPI
internal import BlobStore
internal import HTTP1
internal import Ingest
internal import JSON
internal import Logging
internal import Metrics
internal import Reactor
internal import Security
internal import Store
internal import Synchronization

/// Makes the parts of a process and ties them to each other: the only place that knows them all.
final class Wiring: Sendable {
    let logger: Logger
    let metrics = Metrics()
    let isReady = Atomic<Bool>(false)
    let closer: StudyCloser
    let forwarding: ForwardingParts
    let upkeep: Upkeep
    private let store: Store
    private let ingest: InstanceIngest
    private let machinery: Machinery
    private let masterKeys: MasterKeyRing
    private let addressPolicy: AddressPolicy

    init(
        _ configuration: Configuration, _ machinery: Machinery, _ database: Database, _ masterKey: MasterKey,
        _ logger: Logger
    ) throws(StartupError) {
        self.logger = logger
        self.machinery = machinery
        store = database.store
        masterKeys = MasterKeyRing(primary: masterKey)
        do throws(AddressBlockError) {
            addressPolicy = try AddressPolicy(allowNetworks: configuration.allowNetworks.joined(separator: ","))
        } catch {
            throw StartupError("CAUSEWAY_ALLOW_NETWORKS: \(error)")
        }
        let volume = try Self.volume(configuration, machinery, masterKey)
        closer = StudyCloser(store: store, loop: machinery.mainLoop, metrics: metrics, logger: logger)
        let recorder = InstanceRecorder(store: store, loop: machinery.dataLoops.loops[0])
        ingest = InstanceIngest(volume: volume, recorder: recorder, closer: closer, metrics: metrics)
        forwarding = try ForwardingParts(
            configuration, machinery,
            ForwardingParts.Needs(
                store: store, volume: volume, masterKeys: masterKeys, addressPolicy: addressPolicy, metrics: metrics,
                logger: logger))
        upkeep = Upkeep(store: store, metrics: metrics, logger: logger)
        Self.gauges(metrics, machinery)
    }

    /// Only one process may clear what an earlier run left half written: that with its own cluster.
    private static func volume(
        _ configuration: Configuration, _ machinery: Machinery, _ masterKey: MasterKey
    ) throws(StartupError) -> LocalVolume {
        let root =
            configuration.blobs.map { String($0.dropFirst("file:".count)) } ?? "\(configuration.dataDirectory)/blobs"
        let boot = "\(UUID.v7(at: Timestamp(microseconds: WallClock.microseconds)))"
        do throws(BlobError) {
            let volume = try LocalVolume(
                root: root, key: masterKey.derive("blob guard", byteCount: 16), boot: boot, pool: machinery.disk)
            if configuration.databaseURL == nil { _ = try volume.removeLeftovers() }
            return volume
        } catch {
            throw StartupError("blobs cannot be kept in \(root): \(error)")
        }
    }

    // MARK: HTTP

    func httpHandler(_ roles: Roles) -> HTTPServerSettings.Handler {
        var services = AdminServices(
            store: store, masterKeys: masterKeys, network: (addressPolicy, machinery.resolver), echo: forwarding.echo,
            plan: forwarding.plan,
            uploader: STOWUploader(service: STOWService(ingest)))
        services.computing = machinery.blocking
        services.metrics = metrics
        services.logger = logger
        services.nudge = { [forwarding] in forwarding.nudge() }
        services.openAPI = Array(OpenAPI.text.utf8)
        services.unreadiness = { [self] in await unreadiness() }
        let router = Router(AdminAPI(services).routes)
        return { request in await router.respond(to: request) }
    }

    private func unreadiness() async -> [String] {
        guard isReady.load(ordering: .relaxed) else { return ["starting or draining"] }
        do throws(StoreError) {
            try await store.ping()
            return []
        } catch {
            return ["the database does not answer"]
        }
    }

    func httpMetrics() -> @Sendable (RequestSummary) -> Void {
        let classes = (0...5).map { digit in
            metrics.counter("causeway_http_requests_total", "Requests answered.", [("class", "\(digit)xx")])
        }
        return { summary in classes[min(max(summary.status / 100, 0), 5)].add() }
    }

    // MARK: DICOM

    func storageHandler() -> DICOMServer.MakeHandler {
        { [store, ingest, logger] in StorageService(store: store, ingest: ingest, logger: logger) }
    }

    // MARK: Metrics

    private static func gauges(_ metrics: Metrics, _ machinery: Machinery) {
        metrics.gauge("causeway_blocking_queue", "Calls waiting for a thread.", [("pool", "disk")]) {
            Double(machinery.disk.queueLength)
        }
        metrics.gauge("causeway_blocking_queue", "Calls waiting for a thread.", [("pool", "blocking")]) {
            Double(machinery.blocking.queueLength)
        }
        metrics.gauge("causeway_open_descriptors", "Descriptors of this process.") {
            Double(ProcessInfo.descriptorCount)
        }
    }
}
