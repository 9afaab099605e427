import DatabaseSupport
@testable import EmbeddedPostgres
import Glibc
import Logging
import Postgres
import Reactor
import TestSupport
import Testing

@Suite(.serialized) struct EmbeddedClusterTests {
    private static let one = Statement("test_one", "SELECT 1")

    private static let blockingPool = BlockingPool(threads: 2, name: "test-cluster")

    private func options(_ directory: String) -> ClusterOptions {
        var options = ClusterOptions(directory: directory + "/postgres")
        options.durability = .unsafeForTests
        options.startTimeout = .seconds(60)
        options.fallbackDirectory = directory + "-elsewhere"
        return options
    }

    private func start(_ options: ClusterOptions) async throws -> EmbeddedCluster {
        try await EmbeddedCluster.start(
            options, on: TestDatabase.loops.get().next(), blockingPool: Self.blockingPool,
            logger: Logger(label: "test"))
    }

    private func query(_ cluster: EmbeddedCluster) async throws -> Int {
        let pool = try TestDatabase.makePool(PoolSettings(conninfo: cluster.conninfo))
        let rows = try? await pool.query(Self.one)
        await pool.close()
        return try #require(rows).one().int(0)
    }

    private func process(_ cluster: EmbeddedCluster) async throws -> Int32 {
        guard case .running(let process) = await cluster.status else { throw ClusterError.system("not running") }
        return process
    }

    private func refusal(_ options: ClusterOptions) async -> ClusterError? {
        await #expect(throws: ClusterError.self) { try await start(options) }
    }

    @Test func fromNothingToReadyAndStopped() async throws {
        try await withTemporaryDirectory { directory in
            var options = options(directory)
            options.durability = .full
            let cluster = try await start(options)
            try await expectEqual(query(cluster), 1)
            #expect(await !cluster.isAdopted)
            let pool = try TestDatabase.makePool(PoolSettings(conninfo: cluster.conninfo))
            let settings = Statement(
                "test_settings",
                """
                SELECT current_setting('fsync'), current_setting('data_checksums'), current_setting('listen_addresses'),
                       current_setting('server_encoding')
                """)
            let row = try await pool.query(settings).one()
            #expect(try [row.text(0), row.text(1), row.text(2), row.text(3)] == ["on", "on", "", "UTF8"])
            await pool.close()
            await cluster.stop()
            #expect(await cluster.status == .stopped)
        }
    }

    @Test func theServerIsNotRoot() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await start(options(directory))
            let process = try await process(cluster)
            let status = try String(decoding: TestFile.read("/proc/\(process)/status"), as: UTF8.self)
            let uid = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split(separator: "\t").last
            #expect(uid != nil && uid != "0")
            await cluster.stop()
        }
    }

    @Test func aSecondStartAdoptsTheRunningServer() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await start(options(directory))
            let second = try await start(options(directory))
            #expect(await second.isAdopted)
            try await expectEqual(process(first), process(second))
            try await expectEqual(query(second), 1)
            await second.stop()
            #expect(await first.status == .stopped)
        }
    }

    @Test func twoStartsAtTheSameTimeShareOneServer() async throws {
        try await withTemporaryDirectory { directory in
            let options = options(directory)
            async let first = start(options)
            async let second = start(options)
            let clusters = try await [first, second]
            try await expectEqual(process(clusters[0]), process(clusters[1]))
            await clusters[0].stop()
        }
    }

    @Test func aKilledServerIsStartedAgainAndKeepsItsData() async throws {
        try await withTemporaryDirectory { directory in
            var options = options(directory)
            options.durability = .full
            let first = try await start(options)
            let pool = try TestDatabase.makePool(PoolSettings(conninfo: first.conninfo))
            try await pool.runScript(
                "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)", deadline: .after(.seconds(5)))
            kill(try await process(first), SIGKILL)
            let second = try await start(options)
            #expect(await !second.isAdopted)
            let kept = Statement("test_kept", "SELECT id FROM kept")
            // The pool finds its connections broken and makes new ones.
            try await expectEqual(pool.query(kept).one().int(0), 1)
            await pool.close()
            await second.stop()
        }
    }

    @Test func queriesOutliveARestartOfTheServer() async throws {
        try await withTemporaryDirectory { directory in
            let options = options(directory)
            let cluster = try await start(options)
            let pool = try TestDatabase.makePool(PoolSettings(conninfo: cluster.conninfo))
            let answers = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        for _ in 0..<20 {
                            let rows = try? await pool.query(Self.one, deadline: .after(.seconds(60)))
                            if (try? rows?.one().int(0)) != 1 { return false }
                        }
                        return true
                    }
                }
                group.addTask {
                    guard let process = try? await process(cluster) else { return false }
                    kill(process, SIGQUIT)
                    let again = try? await start(options)
                    return again != nil
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(answers == 41)
            await pool.close()
            try await start(options).stop()
        }
    }

    @Test func aDirectoryThatHoldsSomethingElseIsLeftUntouched() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await start(options(directory))
            let data = cluster.dataDirectory
            await cluster.stop()
            try TestFile.rename(data, data + ".kept")
            try FileSystem.createDirectories(data)
            try FileSystem.replace(data + "/letter.txt", with: [1])
            #expect(await refusal(options(directory)) == .foreignDirectory(path: data))
            #expect(try FileSystem.list(data) == ["letter.txt"])
        }
    }

    @Test func aClusterOfAnotherVersionIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await start(options(directory))
            let data = cluster.dataDirectory
            await cluster.stop()
            try TestFile.overwrite(data + "/PG_VERSION", "14\n")
            let error = await refusal(options(directory))
            guard case .versionMismatch(data, cluster: "14", server: _) = error else {
                Issue.record("got \(String(describing: error))")
                return
            }
        }
    }

    @Test func openPermissionsAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await start(options(directory))
            await cluster.stop()
            try TestFile.changeMode(cluster.dataDirectory, 0o755)
            #expect(await refusal(options(directory)) == .openPermissions(path: cluster.dataDirectory, mode: "0755"))
        }
    }

    @Test func aWrongSettingIsReportedInTheServersWords() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try await start(options(directory))
            await cluster.stop()
            try TestFile.overwrite(cluster.dataDirectory + "/user.conf", "no_such_setting = 1\n")
            let error = await refusal(options(directory))
            #expect(error?.description.contains("no_such_setting") == true)
        }
    }

    @Test func aPathTooLongForASocketGetsAShortOne() async throws {
        try await withTemporaryDirectory { directory in
            let long = directory + "/" + String(repeating: "long", count: 30)
            let cluster = try await start(options(long))
            try await expectEqual(query(cluster), 1)
            #expect(cluster.conninfo.contains("/causeway-"))
            await cluster.stop()
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func aDirectoryTheAccountCannotReachIsReplacedByALink() async throws {
        try await withTemporaryDirectory { directory in
            let hidden = directory + "/hidden/deep"
            try FileSystem.createDirectories(hidden, permissions: 0o700)
            try TestFile.changeMode(directory, 0o755)
            var options = options(hidden)
            options.fallbackDirectory = directory + "/elsewhere"
            let cluster = try await start(options)
            #expect(cluster.dataDirectory.hasPrefix(directory + "/elsewhere/"))
            try await expectEqual(query(cluster), 1)
            await cluster.stop()
            let again = try await start(options)
            #expect(again.dataDirectory == cluster.dataDirectory)
            await again.stop()
        }
    }

    @Test func programsThatAreNotThereAreAnError() async throws {
        try await withTemporaryDirectory { directory in
            var options = options(directory)
            options.programs = "/nonexistent"
            #expect(await refusal(options) == .noServerPrograms(searched: ["/nonexistent"]))
        }
    }
}
