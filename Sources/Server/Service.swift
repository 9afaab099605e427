internal import AdminAPI
internal import BlobStore
internal import HTTP1
internal import Ingest
internal import Logging
internal import Metrics
internal import Reactor
internal import Security
internal import Store
internal import Synchronization

/// What a process does.
package struct Roles: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Admin API and upload.
    package static let serve = Roles(rawValue: 1)
    /// Forwarding and webhooks.
    package static let work = Roles(rawValue: 2)
    /// DICOM listeners.
    package static let receive = Roles(rawValue: 4)
    package static let all: Roles = [.serve, .work, .receive]
}

/// One process of the installation from start to drain. `Wiring` makes its parts; this file knows their order.
final class Service: Sendable {
    private let configuration: Configuration
    private let roles: Roles
    private let machinery: Machinery
    private let database: Database
    private let wiring: Wiring
    private let logger: Logger

    private init(
        _ configuration: Configuration, _ roles: Roles, _ machinery: Machinery, _ database: Database, _ wiring: Wiring
    ) {
        self.configuration = configuration
        self.roles = roles
        self.machinery = machinery
        self.database = database
        self.wiring = wiring
        logger = wiring.logger
    }

    /// Opens the database and makes the parts; nothing listens yet.
    static func start(
        _ configuration: Configuration, _ roles: Roles, bootstraps: Bool, on loop: EventLoop
    ) async throws(StartupError) -> Service {
        let logger = LoggingSetup.logger(configuration)
        let machinery = try StartupError.explaining(\.description) { () throws(SystemError) in
            try Machinery(mainLoop: loop)
        }
        let masterKey = try MasterKeyFile.load(configuration)
        let database = try await Database.open(configuration, machinery, logger)
        do throws(StartupError) {
            try await MasterKeyFile.check(masterKey, against: database.store)
            let wiring = try Wiring(configuration, machinery, database, masterKey, logger)
            let service = Service(configuration, roles, machinery, database, wiring)
            if database.cluster != nil, roles.contains(.work) { try await takeOver(database.store) }
            if bootstraps, let key = try await Bootstrap.run(database.store, dataDirectory: configuration.dataDirectory)
            {
                Console.output("admin key of organization \"\(Bootstrap.organizationName)\": \(key)\n")
            }
            return service
        } catch {
            await database.close(stoppingCluster: true)
            throw error
        }
    }

    /// The embedded cluster has one program at a time: what a crashed one held need not wait for its leases to end.
    private static func takeOver(_ store: Store) async throws(StartupError) {
        try await StartupError.explaining({ "the deliveries of an earlier run cannot be taken over: \($0)" }) {
            () async throws(StoreError) in try await store.expireLeases()
        }
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    func runUntilSignal() async throws(StartupError) {
        let signals = try StartupError.explaining(\.description) { () throws(SystemError) in
            try Signals(on: machinery.mainLoop)
        }
        let listeners: Listeners
        do throws(StartupError) {
            listeners = try await listen()
        } catch {
            await database.close(stoppingCluster: true)
            throw error
        }
        startBackgroundWork()
        wiring.isReady.store(true, ordering: .relaxed)
        logger.notice("ready", metadata: listeners.metadata)
        waiting: while let signal = await signals.next() {
            switch signal {
            case .hangUp: logger.notice("SIGHUP is ignored: settings are read at start only")
            case .terminate, .interrupt: break waiting
            }
        }
        await drain(listeners)
        signals.close()
    }

    // MARK: Listeners

    private struct Listeners {
        var http: HTTPServer?
        var dicom: [DICOMServer] = []
        var metadata: Logger.Metadata = [:]
    }

    private func listen() async throws(StartupError) -> Listeners {
        var listeners = Listeners()
        if roles.contains(.serve) { try await listenHTTP(&listeners) }
        if roles.contains(.receive) {
            try listenDICOM(configuration.dicomListen, tls: nil, "dicom", &listeners)
            if let files = configuration.dicomTLS, configuration.dicomTLSListen != nil {
                let context = try TLSFiles.serverContext(files, clientCA: configuration.dicomTLSClientCA)
                try listenDICOM(configuration.dicomTLSListen, tls: context, "dicomTLS", &listeners)
            }
        }
        return listeners
    }

    private func listenHTTP(_ listeners: inout Listeners) async throws(StartupError) {
        var settings = HTTPServerSettings(logger: logger, handler: wiring.httpHandler(roles))
        if let files = configuration.httpTLS {
            let context = try TLSFiles.serverContext(files, applicationProtocols: ["http/1.1"])
            settings.wrap = { (socket, deadline) async throws(StreamError) in
                try await TLSFiles.accept(socket, context, deadline)
            }
        }
        settings.onRequestEnd = wiring.httpMetrics()
        let server = HTTPServer(settings, loops: [machinery.mainLoop])
        guard let address = configuration.httpListen.socketAddress else { return }
        let bound = try await StartupError.explaining({ "cannot listen on \(address): \($0.message)" }) {
            () async throws(SystemError) in try await server.listen(address)
        }
        listeners.http = server
        listeners.metadata["http"] = "\(bound)"
    }

    private func listenDICOM(
        _ address: Configuration.ListenAddress?, tls: TLSServerContext?, _ name: String, _ listeners: inout Listeners
    ) throws(StartupError) {
        guard let address = address?.socketAddress else { return }
        var settings = DICOMServer.Settings()
        settings.tls = tls
        let server = DICOMServer(settings, logger: logger, makeHandler: wiring.storageHandler())
        let bound = try StartupError.explaining({ "cannot listen on \(address): \($0.message)" }) {
            () throws(SystemError) in
            try server.listen(address, on: machinery.mainLoop, group: machinery.dataLoops)
        }
        listeners.dicom.append(server)
        listeners.metadata[name] = "\(bound)"
    }

    // MARK: Background

    private func startBackgroundWork() {
        let wiring = wiring
        if !roles.isDisjoint(with: [.serve, .receive]) {
            machinery.mainLoop.spawn { await wiring.closer.run(every: .seconds(1)) { wiring.forwarding.nudge() } }
        }
        if roles.contains(.work) { wiring.forwarding.start() }
        let loop = machinery.mainLoop
        loop.spawn { await wiring.upkeep.run(on: loop) }
    }

    private func drain(_ listeners: Listeners) async {
        logger.notice("draining")
        wiring.isReady.store(false, ordering: .relaxed)
        let deadline = Deadline.after(.seconds(20))
        for server in listeners.dicom { await server.drain(deadline: deadline, on: machinery.mainLoop) }
        await listeners.http?.drain(deadline: deadline)
        if roles.contains(.work) { await wiring.forwarding.drain(deadline: deadline) }
        await database.close(stoppingCluster: true)
        logger.notice("stopped")
    }
}
