internal import Glibc
internal import Reactor

/// `postgres` and `initdb` of one version.
struct ServerPrograms: Sendable, Equatable {
    let directory: String
    let major: Int

    var postgres: String { directory + "/postgres" }
    var initdb: String { directory + "/initdb" }

    static let supported = 15...18

    /// Blocks.
    static func find(_ setting: String?) throws(ClusterError) -> ServerPrograms {
        if let setting { return try check(setting) }
        let debian = supported.reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        let candidates = (try? Subprocess.output("/usr/bin/pg_config", ["--bindir"])).map { [$0] } ?? []
        for directory in candidates + debian where FileSystem.exists(directory + "/postgres") {
            if let programs = try? check(directory) { return programs }
        }
        throw .noServerPrograms(searched: ["the directory of pg_config"] + debian)
    }

    /// Programs of the version that made a cluster, when they are installed side by side; else the ones found first.
    static func find(_ setting: String?, preferring version: String?) throws(ClusterError) -> ServerPrograms {
        if setting == nil, let version, let programs = try? check("/usr/lib/postgresql/\(version)/bin") {
            return programs
        }
        return try find(setting)
    }

    private static func check(_ directory: String) throws(ClusterError) -> ServerPrograms {
        let path = directory + "/postgres"
        guard FileSystem.exists(path), FileSystem.exists(directory + "/initdb") else {
            throw .noServerPrograms(searched: [directory])
        }
        // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
        let words = try Subprocess.output(path, ["--version"]).split(separator: " ")
        let version = words.count > 2 ? String(words[2]) : "?"
        guard let major = Int(version.prefix { $0.isNumber }), supported.contains(major) else {
            throw .unsupportedServer(path: path, version: version)
        }
        return ServerPrograms(directory: directory, major: major)
    }
}
