import ArgumentParser
import Server

/// Arguments only: each command fills in a value of `Server` and runs it.
@main
struct Causeway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract:
            "Carries ultrasound studies from archive folders to PACS over DICOM-TLS, and proves that they arrived.",
        discussion: "Example: causeway up",
        version: VersionText.current,
        subcommands: [
            Up.self, Serve.self, Work.self, Receive.self, Migrate.self, Db.self, Key.self, Echo.self, Send.self,
            Pacs.self,
            Version.self,
        ])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the version and those of the libraries linked.",
        discussion: "Example: causeway version --json")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try end(VersionText.write(json: json))
    }
}

/// Ends the command with the status that `Server` gave.
func end(_ status: Int32) throws {
    if status != 0 { throw ExitCode(status) }
}
