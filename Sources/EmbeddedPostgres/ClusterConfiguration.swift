/// The settings we own, written before each start; `user.conf` beside it overrides them.
enum ClusterConfiguration {
    static let fileName = "causeway.conf"

    /// Appended once to postgresql.conf.
    static let includes = "\ninclude '\(fileName)'\ninclude_if_exists 'user.conf'\n"

    static func text(_ options: ClusterOptions, socketDirectory: String) -> String {
        let common = """
            # Written by causeway at every start. Put changes into user.conf.
            listen_addresses = ''
            port = 5432
            unix_socket_directories = '\(quoted(socketDirectory))'
            unix_socket_permissions = 0700
            timezone = 'UTC'
            log_timezone = 'UTC'
            logging_collector = off
            log_min_messages = warning
            log_checkpoints = off
            client_connection_check_interval = 5s
            autovacuum_naptime = 10s
            # Every statement finds rows by key: planning it anew with its values costs more than running it.
            plan_cache_mode = force_generic_plan
            jit = off

            """
        switch options.durability {
        case .full:
            return common + """
                max_connections = 40
                shared_buffers = 128MB
                max_wal_size = 1GB
                checkpoint_timeout = 5min
                fsync = on
                full_page_writes = on
                synchronous_commit = on

                """
        case .unsafeForTests:
            return common + """
                max_connections = 100
                shared_buffers = 32MB
                fsync = off
                full_page_writes = off
                synchronous_commit = off

                """
        }
    }

    /// Access is guarded by the directory of the socket (0700) and the socket itself (0700): who gets there is the
    /// server's account or root, and may act as any role. `peer` would add nothing and would need a list of roles.
    static func initdbArguments(_ options: ClusterOptions, data: String) -> [String] {
        let arguments = [
            "--pgdata=\(data)", "--username=\(EmbeddedCluster.superuser)", "--data-checksums", "--encoding=UTF8",
            "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
        ]
        return options.durability == .full ? arguments : arguments + ["--no-sync"]
    }

    private static func quoted(_ path: String) -> String {
        path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }
}
