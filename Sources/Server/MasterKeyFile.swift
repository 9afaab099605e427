internal import Reactor
internal import Security
internal import Store

/// The master key's file: read, or made when the data directory is new and the cluster is our own.
enum MasterKeyFile {
    static func load(_ configuration: Configuration) throws(StartupError) -> MasterKey {
        let path = configuration.masterKeyFile ?? "\(configuration.dataDirectory)/master-key"
        let mayCreate = configuration.masterKeyFile == nil && configuration.databaseURL == nil
        let unreadable = { (error: SystemError) in
            "\(path) cannot be read (\(error)): set CAUSEWAY_MASTER_KEY_FILE to the file with the installation's key"
        }
        let bytes = try StartupError.explaining(unreadable) { () throws(SystemError) in
            if mayCreate, !FileSystem.exists(path) {
                try FileSystem.replace(path, with: Array((MasterKey.generateBase64() + "\n").utf8))
            }
            return try FileSystem.read(path, limit: 4096)
        }
        return try StartupError.explaining({ "\(path): \($0)" }) { () throws(SecurityError) in
            try MasterKey(base64: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Refuses to go on with a key that does not open what the installation's key sealed.
    static func check(_ key: MasterKey, against store: Store) async throws(StartupError) {
        let context = SecretContext(tenantID: "installation", recordID: "master-key", purpose: "check")
        let sealed = try StartupError.explaining({ "the master key cannot be used: \($0)" }) {
            () throws(SecurityError) in
            try SecretEnvelope.seal(Array("causeway".utf8), for: context, under: key)
        }
        let kept = try await StartupError.explaining({ "the database cannot be asked for its master key check: \($0)" })
        {
            () async throws(StoreError) in try await store.masterKeyCheck(keepingIfNone: sealed)
        }
        let wrongKey = { (_: SecurityError) in
            "the master key is not the one this database was made with: restore the right file before starting"
        }
        _ = try StartupError.explaining(wrongKey) { () throws(SecurityError) in
            try SecretEnvelope.open(kept, for: context, with: MasterKeyRing(primary: key))
        }
    }
}
