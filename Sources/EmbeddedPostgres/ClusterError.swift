/// Why the embedded database does not run; each says what to do.
package enum ClusterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No PostgreSQL server programs, or none of a version that is supported.
    case noServerPrograms(searched: [String])
    case unsupportedServer(path: String, version: String)
    /// The process is root and there is no account to run the server as.
    case noServerAccount
    /// The directory holds something that is not a database cluster.
    case foreignDirectory(path: String)
    /// The cluster was made by another major version of PostgreSQL.
    case versionMismatch(path: String, cluster: String, server: Int)
    case foreignOwner(path: String, owner: UInt32, expected: String)
    case openPermissions(path: String, mode: String)
    /// The account that the server runs as cannot enter `blocked`.
    case unreachable(path: String, blocked: String, account: String)
    case socketPathTooLong(path: String)
    case system(String)
    /// `initdb` failed; the end of what it said.
    case initializationFailed(String)
    /// The server ended before it was ready; the end of its log.
    case startFailed(String)
    case notReadyInTime(seconds: Int)
    case database(String)

    package var description: String {
        switch self {
        case .noServerPrograms(let searched):
            "no PostgreSQL server programs (15 to 18) were found in \(searched.joined(separator: ", ")): "
                + "install the package postgresql, or name their directory in CAUSEWAY_POSTGRES_BIN"
        case .unsupportedServer(let path, let version):
            "\(path) is PostgreSQL \(version): versions 15 to 18 are supported"
        case .noServerAccount:
            "PostgreSQL does not run as root, and neither an account \"causeway\" nor \"postgres\" exists: "
                + "make one with: useradd --system causeway"
        case .foreignDirectory(let path):
            "\(path) is not empty and not a database cluster: it is left untouched; choose another directory"
        case .versionMismatch(let path, let cluster, let server):
            "\(path) was made by PostgreSQL \(cluster) and the installed server is \(server): install PostgreSQL "
                + "\(cluster) again, or dump with it and restore into a new directory; nothing was changed"
        case .foreignOwner(let path, let owner, let expected):
            "\(path) belongs to uid \(owner), but the server runs as \(expected): chown -R \(expected) \(path)"
        case .openPermissions(let path, let mode):
            "\(path) has permissions \(mode), which others can use: chmod 0700 \(path)"
        case .unreachable(let path, let blocked, let account):
            "\(path) cannot be used: account \(account) may not enter \(blocked); choose another directory"
        case .socketPathTooLong(let path): "the socket path \(path) is longer than 107 bytes"
        case .system(let reason): reason
        case .initializationFailed(let output): "initdb failed: \(output)"
        case .startFailed(let log): "PostgreSQL did not start: \(log)"
        case .notReadyInTime(let seconds): "PostgreSQL was not ready within \(seconds) s"
        case .database(let reason): reason
        }
    }
}
