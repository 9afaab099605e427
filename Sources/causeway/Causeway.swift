import ArgumentParser
import Glibc
import Server

/// Arguments only: each command fills in a value of `Server` and runs it.
///
/// Every command spells its name: to derive one from its type, the parser has the runtime search all conformances of
/// the program, a tenth of what it takes to start.
struct Causeway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract:
            "Carries ultrasound studies from archive folders to PACS over DICOM-TLS, and proves that they arrived.",
        discussion: "Example: causeway up",
        version: VersionText.current,
        subcommands: [
            Up.self, Serve.self, Work.self, Receive.self, Migrate.self, Db.self, Key.self, Echo.self, Send.self,
            Pacs.self, Transcode.self, Version.self,
        ])
}

@main
enum Program {
    static func main() {
        // Started by the server, often: it needs no parser.
        if CommandLine.arguments.dropFirst().first == CodecCommand.name {
            exit(CodecCommand.run())
        }
        let (arguments, morePaths) = PathList.split(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try Causeway.parseAsRoot(arguments)
            if var send = command as? Send {
                send.paths += morePaths
                command = send
            }
            try command.run()
        } catch {
            Causeway.exit(withError: error)
        }
    }
}

/// `send` is given thousands of paths. The argument parser takes 0.1 ms for each, more than sending a small object, so
/// it sees only the first of them.
enum PathList {
    /// At the end, what does not begin with a dash may be the value of an option, the peer, and the first path; all
    /// that follows can only be paths.
    private static let parsedMax = 3

    /// What is to be parsed, and the paths that were set aside.
    static func split(_ arguments: [String]) -> (parsed: [String], paths: [String]) {
        guard arguments.first == "send" else { return (arguments, []) }
        let lastOption = arguments.lastIndex { $0.utf8.first == UInt8(ascii: "-") } ?? 0
        let end = min(arguments.count, lastOption + 1 + parsedMax)
        return (Array(arguments[..<end]), Array(arguments[end...]))
    }
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version and those of the libraries linked.",
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
