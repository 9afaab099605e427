internal import Glibc

/// The account that the server runs as: ours, or when we are root a dedicated one.
struct ServerAccount: Sendable, Equatable {
    let name: String
    let uid: UInt32
    let gid: UInt32
    /// Whether uid and gid must be changed on the way.
    let isChanged: Bool

    static func choose() throws(ClusterError) -> ServerAccount {
        guard geteuid() == 0 else {
            return ServerAccount(name: "uid \(geteuid())", uid: geteuid(), gid: getegid(), isChanged: false)
        }
        for name in ["causeway", "postgres"] {
            if let entry = unsafe getpwnam(name), unsafe entry.pointee.pw_uid != 0 {
                return unsafe ServerAccount(
                    name: name, uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid, isChanged: true)
            }
        }
        throw .noServerAccount
    }

    /// The first directory on the way to `path` that the account may not enter; directories that do not exist yet are
    /// ours.
    func blockedDirectory(onTheWayTo path: String) -> String? {
        guard isChanged else { return nil }
        var current = ""
        for part in path.split(separator: "/").dropLast() {
            current += "/" + part
            var information = stat()
            guard unsafe stat(current, &information) == 0 else { return nil }
            let needed: UInt32 = information.st_uid == uid ? 0o100 : information.st_gid == gid ? 0o010 : 0o001
            if information.st_mode & needed == 0 { return current }
        }
        return nil
    }
}
