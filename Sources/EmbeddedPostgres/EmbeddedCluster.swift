internal import Glibc
package import Logging
internal import Postgres
package import Reactor

/// A private PostgreSQL server on a Unix socket, made from the installed server programs.
///
/// It is a child in a process group of its own and survives our crash; the next start adopts it. A data directory is
/// never deleted or made anew, and lock files are left to PostgreSQL.
package actor EmbeddedCluster {
    package enum Status: Equatable, Sendable {
        case running(process: Int32)
        case stopped
    }

    /// The role that owns everything.
    package static let superuser = "causeway"

    private nonisolated let loop: EventLoop
    private let blockingPool: BlockingPool
    private let logger: Logger
    private let files: ClusterFiles
    private var process: pid_t = 0
    /// Whether the server was already running when `start` was called.
    package private(set) var isAdopted = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.serialExecutor.asUnownedSerialExecutor()
    }

    private init(_ files: ClusterFiles, _ loop: EventLoop, _ blockingPool: BlockingPool, _ logger: Logger) {
        self.files = files
        self.loop = loop
        self.blockingPool = blockingPool
        self.logger = logger
    }

    /// Makes the cluster when there is none, starts or adopts the server, and returns once it answers.
    package static func start(
        _ options: ClusterOptions, on loop: EventLoop, blockingPool: BlockingPool, logger: Logger
    ) async throws(ClusterError) -> EmbeddedCluster {
        let files = try await blockingPool.runThrowing { () throws(ClusterError) in try ClusterFiles(options) }
        let cluster = EmbeddedCluster(files, loop, blockingPool, logger)
        try await cluster.start()
        return cluster
    }

    private func start() async throws(ClusterError) {
        let files = files
        if let relocation = files.home.relocation {
            logger.notice(
                "the database lives elsewhere",
                metadata: ["directory": "\(files.home.path)", "reason": "\(relocation)"])
        }
        let lock = try await blockingPool.runThrowing { () throws(ClusterError) in try files.lock() }
        defer { ClusterFiles.unlock(lock) }
        switch await blockingPool.run({ files.decide() }) {
        case .refuse(let error): throw error
        case .adopt(let postmaster):
            process = postmaster
            isAdopted = true
            logger.info("the database is already running", metadata: ["process": "\(postmaster)"])
        case .initialize:
            logger.info("making a database cluster", metadata: ["directory": "\(files.home.data)"])
            try await blockingPool.runThrowing { () throws(ClusterError) in try files.initialize() }
        case .start: break
        }
        try await waitUntilReady(.after(files.options.startTimeout))
        try await finishDatabase()
        logger.info(
            "the database is ready",
            metadata: ["process": "\(process)", "programs": "\(files.programs.directory)"])
    }

    // MARK: Readiness

    /// Starts the server unless one runs, and asks until it answers.
    private func waitUntilReady(_ deadline: Deadline) async throws(ClusterError) {
        let files = files
        var attempt = 0
        var logOffset = await blockingPool.run { files.logByteCount }
        while !deadline.isPast {
            if process == 0 {
                attempt += 1
                isAdopted = false
                process = try await blockingPool.runThrowing { () throws(ClusterError) in try files.launch() }
            }
            if await isAnswering() { return }
            if Subprocess.exitCode(of: process) != nil || isAdopted && !isAlive {
                let offset = logOffset
                let log = await blockingPool.run { files.log(from: offset) }
                guard isAdopted || ClusterMachine.isWorthAnotherStart(log: log, attempt: attempt) else {
                    throw .startFailed(log)
                }
                process = 0
                logOffset = await blockingPool.run { files.logByteCount }
                await loop.sleep(for: .milliseconds(100))
            } else {
                await loop.sleep(for: .milliseconds(15))
            }
        }
        throw .notReadyInTime(seconds: Int(files.options.startTimeout.components.seconds))
    }

    private var isAlive: Bool { Subprocess.isAlive(process, workingIn: files.home.data) }

    private static let dataDirectory = Statement(
        "causeway_data_directory", "SELECT current_setting('data_directory')")

    /// Whether a server answers on our socket and works on our directory.
    private func isAnswering() async -> Bool {
        let expected = files.home.data
        let found = try? await ask { connection async throws(PostgresError) in
            try await connection.query(Self.dataDirectory, deadline: .after(.seconds(2))).one().text(0)
        }
        return found == expected
    }

    private func ask<T>(
        _ body: (PostgresConnection) async throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        let connection = try await PostgresConnection.connect(
            conninfo(database: "postgres"), on: loop, blockingPool: blockingPool, deadline: .after(.seconds(2)))
        defer { connection.close() }
        return try await body(connection)
    }

    private static let databaseExists = Statement(
        "causeway_database_exists", "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", [.text])
    private static let durability = Statement(
        "causeway_durability",
        "SELECT name FROM pg_settings "
            + "WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'"
    )

    /// Makes our database, and says so when the server's settings can lose what was committed.
    private func finishDatabase() async throws(ClusterError) {
        let name = files.options.database
        let deadline = Deadline.after(.seconds(30))
        do throws(PostgresError) {
            let unsafeSettings = try await ask { connection async throws(PostgresError) in
                if try await !connection.query(Self.databaseExists, [.text(name)], deadline: deadline).one().bool(0) {
                    let quoted = name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    try await connection.runScript(
                        "CREATE DATABASE \"\(quoted)\"", name: "database", deadline: deadline)
                }
                return try await connection.query(Self.durability, deadline: deadline)
                    .decode { row throws(PostgresError) in try row.text(0) }
            }
            if !unsafeSettings.isEmpty, files.options.durability == .full {
                logger.warning(
                    "the database can lose committed data",
                    metadata: ["off": "\(unsafeSettings.joined(separator: ", "))"])
            }
        } catch {
            throw .database(error.description)
        }
    }

    // MARK: Use

    package nonisolated var conninfo: String { conninfo(database: files.options.database) }

    /// For another database or role of the cluster; the socket admits any role.
    package nonisolated func conninfo(database: String, user: String = superuser) -> String {
        "host=\(Self.quoted(files.home.socketDirectory)) port=5432 "
            + "user=\(Self.quoted(user)) dbname=\(Self.quoted(database))"
    }

    private static func quoted(_ value: String) -> String {
        "'" + value.reduce(into: "") { $0 += $1 == "'" || $1 == "\\" ? "\\\($1)" : "\($1)" } + "'"
    }

    /// The directory that holds the data, after links and relocation; its parent holds `server.log`.
    package nonisolated var dataDirectory: String { files.home.data }

    /// The directory of the server programs in use: `pg_dump` and the others are there too.
    package nonisolated var programsDirectory: String { files.programs.directory }

    package var status: Status { process != 0 && isAlive ? .running(process: process) : .stopped }

    // MARK: Stop

    /// Fast shutdown: open transactions are rolled back. After 60 s immediate shutdown, which the next start recovers
    /// from.
    package func stop() async {
        guard process != 0 else { return }
        for (signal, patience) in [(SIGINT, Duration.seconds(60)), (SIGQUIT, .seconds(20))] {
            Subprocess.signal(process, signal)
            let deadline = Deadline.after(patience)
            while isAlive, !deadline.isPast { await loop.sleep(for: .milliseconds(10)) }
            if !isAlive { break }
            logger.warning("the database does not stop", metadata: ["process": "\(process)"])
        }
        guard !isAlive else { return }
        process = 0
        // A short directory made instead of one in the home; it is empty now.
        if !files.home.socketDirectory.hasPrefix(files.home.path) { _ = unsafe rmdir(files.home.socketDirectory) }
    }
}
