/// Where the embedded database lives and how it runs.
package struct ClusterOptions: Sendable {
    package enum Durability: Sendable {
        case full
        /// fsync off and the server dies with this process: for tests, whose data nobody misses.
        case unsafeForTests
    }

    /// The cluster's home, absolute: holds `data`, `socket` and `server.log`. Made when missing, mode 0700.
    package var directory: String
    /// The parent of `directory` is Causeway's own: when root runs the server under another account, that account's
    /// group may pass through it (0710).
    package var ownsParent = true
    /// Where the server programs are; nil: ask `pg_config`, then look where Debian puts them.
    package var programs: String?
    package var durability = Durability.full
    package var database = "causeway"
    /// Crash recovery may take minutes.
    package var startTimeout = Duration.seconds(120)
    /// For clusters whose `directory` the server's account cannot reach; see `ClusterHome`.
    package var fallbackDirectory = "/var/lib/causeway"

    package init(directory: String) { self.directory = directory }
}
