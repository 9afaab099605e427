internal import EmbeddedPostgres
internal import Logging
internal import Postgres
internal import Reactor
internal import Store

/// The database of one process: the embedded cluster or an external server, with the schema up to date.
struct Database {
    let store: Store
    let pools: [PostgresPool]
    /// Nil with an external server.
    let cluster: EmbeddedCluster?
    /// Migrations that this start applied.
    let applied: [String]

    static func clusterOptions(_ configuration: Configuration) -> ClusterOptions {
        ClusterOptions(directory: "\(configuration.dataDirectory)/postgres")
    }

    static func open(
        _ configuration: Configuration, _ machinery: Machinery, _ logger: Logger
    ) async throws(StartupError) -> Database {
        var cluster: EmbeddedCluster?
        let conninfo: String
        if let url = configuration.databaseURL {
            conninfo = url.value
        } else {
            do throws(ClusterError) {
                let started = try await EmbeddedCluster.start(
                    clusterOptions(configuration), on: machinery.mainLoop, blockingPool: machinery.blocking,
                    logger: logger)
                cluster = started
                conninfo = started.conninfo
            } catch {
                throw StartupError("the embedded database cannot be started: \(error)")
            }
        }
        let pools = [machinery.mainLoop, machinery.dataLoops.loops[0], machinery.dataLoops.loops[1]].map { loop in
            PostgresPool(
                PoolSettings(conninfo: conninfo), on: loop, blockingPool: machinery.blocking, logger: logger)
        }
        let applied: [String]
        do throws(PostgresError) {
            applied = try await pools[0].migrate(Migrations.all)
        } catch {
            throw StartupError("the database cannot be prepared: \(error)")
        }
        let store = Store(Store.Pools(interactive: pools[0], ingest: pools[1], worker: pools[2]))
        return Database(store: store, pools: pools, cluster: cluster, applied: applied)
    }

    /// Closes the connections and, when `stoppingCluster`, ends the embedded server.
    func close(stoppingCluster: Bool) async {
        for pool in pools { await pool.close() }
        if stoppingCluster { await cluster?.stop() }
    }
}
