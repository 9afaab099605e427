/// What is to be done with a data directory, decided from what was seen of it. Pure.
enum ClusterMachine {
    struct Observation: Equatable {
        enum Content: Equatable {
            case absent
            case empty
            /// With the text of PG_VERSION, such as "15".
            case cluster(version: String)
            case foreign
        }

        var content: Content
        /// Of the directory, if there is one.
        var owner: UInt32
        var mode: UInt32
        /// The process named in postmaster.pid, if it lives and works in this directory.
        var postmaster: Int32?
    }

    struct Expectation {
        let path: String
        let account: String
        let uid: UInt32
        let serverMajor: Int
    }

    enum Decision: Equatable {
        case initialize
        case start
        case adopt(Int32)
        case refuse(ClusterError)
    }

    static func decide(_ seen: Observation, _ expected: Expectation) -> Decision {
        switch seen.content {
        case .absent, .empty: return .initialize
        case .foreign: return .refuse(.foreignDirectory(path: expected.path))
        case .cluster(let version):
            guard seen.owner == expected.uid else {
                return .refuse(.foreignOwner(path: expected.path, owner: seen.owner, expected: expected.account))
            }
            // A server that runs is of the right version by itself.
            if let postmaster = seen.postmaster { return .adopt(postmaster) }
            guard version == "\(expected.serverMajor)" else {
                return .refuse(
                    .versionMismatch(path: expected.path, cluster: version, server: expected.serverMajor))
            }
            // PostgreSQL accepts 0700 and 0750.
            guard seen.mode & 0o027 == 0 else {
                return .refuse(.openPermissions(path: expected.path, mode: "0" + String(seen.mode & 0o777, radix: 8)))
            }
            return .start
        }
    }

    /// What to do when the server ended before it was ready. The children of a killed postmaster need a moment to
    /// notice, and until then PostgreSQL refuses to start over them.
    static func isWorthAnotherStart(log: String, attempt: Int) -> Bool {
        attempt < startsMax
            && ["pre-existing shared memory block", "lock file", "is still in use"].contains { log.contains($0) }
    }

    static let startsMax = 20
}
