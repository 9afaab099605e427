import ArgumentParser
import Server

/// The settings that servers and database commands share; each is also a key of the file and a `CAUSEWAY_` variable.
struct SettingsOptions: ParsableArguments {
    @Option(help: "YAML file of settings.") var config: String?
    @Option(help: "Directory for blobs, the embedded database and sockets.") var data: String?
    @Option(help: "Address of the admin API, such as 127.0.0.1:8080.") var httpListen: String?
    @Option(help: "Address of the plain DICOM listener, such as 0.0.0.0:11112; off by default.") var dicomListen:
        String?
    @Option(help: "Address of the DICOM listener with TLS.") var dicomTlsListen: String?
    @Option(help: "Networks exempt from the public-address rule, such as 10.0.0.0/8,127.0.0.0/8.") var allowNetworks:
        String?
    @Option(help: "Associations in flight.") var workers: String?
    @Option(help: "trace, debug, info, notice, warning or error.") var log: String?

    var invocation: ServiceInvocation {
        var invocation = ServiceInvocation(configFile: config)
        invocation.set("data", data)
        invocation.set("http_listen", httpListen)
        invocation.set("dicom_listen", dicomListen)
        invocation.set("dicom_tls_listen", dicomTlsListen)
        invocation.set("allow_networks", allowNetworks)
        invocation.set("workers", workers)
        invocation.set("log", log)
        return invocation
    }
}

struct Up: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run everything in one process with the embedded PostgreSQL.",
        discussion: """
            The first start makes organization "default" and an admin key, prints it once, and keeps it in
            DATA/admin-key.

            Example: causeway up --data /var/lib/causeway --dicom-listen 0.0.0.0:11112
            """)

    @OptionGroup var settings: SettingsOptions

    func run() throws { try end(settings.invocation.run(.all, bootstraps: true)) }
}

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the admin API and upload against a shared database.",
        discussion: "Example: CAUSEWAY_DATABASE_URL=postgres://db/causeway CAUSEWAY_MASTER_KEY_FILE=key causeway serve")

    @OptionGroup var settings: SettingsOptions

    func run() throws { try end(settings.invocation.run(.serve)) }
}

struct Work: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Run forwarding workers against a shared database.",
        discussion: "Example: CAUSEWAY_DATABASE_URL=postgres://db/causeway CAUSEWAY_MASTER_KEY_FILE=key causeway work")

    @OptionGroup var settings: SettingsOptions

    func run() throws { try end(settings.invocation.run(.work)) }
}

struct Receive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive", abstract: "Run the DICOM listeners against a shared database.",
        discussion: "Example: causeway receive --dicom-listen 0.0.0.0:11112")

    @OptionGroup var settings: SettingsOptions

    func run() throws { try end(settings.invocation.run(.receive)) }
}

struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to date and exit.",
        discussion: "Example: causeway migrate --data ./var")

    @OptionGroup var settings: SettingsOptions

    func run() throws { try end(settings.invocation.migrate()) }
}

struct Db: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database.", subcommands: [Status.self])

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Print where the database is, its version, schema and queue.",
            discussion: "Example: causeway db status --json")

        @OptionGroup var settings: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws { try end(settings.invocation.databaseStatus(json: json)) }
    }
}
