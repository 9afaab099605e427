import ArgumentParser
import Server

/// Where a client command connects to.
struct PeerOptions: ParsableArguments {
    @Argument(help: "HOST:PORT of the peer.") var peer: String
    @Flag(help: "Speak TLS.") var tls = false
    @Option(help: "none, ca, or pin:SHA256 (of the public key, hexadecimal).") var tlsVerify = "ca"
    @Option(help: "TLS policy: bcp195, tls12 or bcp195-modified.") var tlsPolicy = "bcp195"
    @Option(help: "Our AE title.") var calling = "CAUSEWAY"
    @Option(help: "The peer's AE title.") var called = "ANY-SCP"

    var target: ClientTarget {
        ClientTarget(
            peer: peer, tls: tls ? ClientTarget.TLS(verification: tlsVerify, policy: tlsPolicy) : nil, calling: calling,
            called: called)
    }
}

struct Echo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Diagnose a DICOM peer step by step, ending in C-ECHO.",
        discussion: "Example: causeway echo pacs.example.org:2762 --tls --called ARCHIVE")

    @OptionGroup var options: PeerOptions
    @Option(help: "Repeat this often, each time with a new association, and print only a summary.") var count = 1
    @Flag(help: "With --count: a full TLS handshake each time.") var noResumption = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var command = EchoCommand(options.target, json: json)
        command.count = count
        command.resumesSessions = !noResumption
        try end(command.run())
    }
}

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Send DICOM files by C-STORE; exit 0 only when every one was stored.",
        discussion: "Example: causeway send pacs.example.org:2762 --tls --called ARCHIVE --associations 4 ./study")

    @OptionGroup var options: PeerOptions
    @Option(help: "Associations side by side.") var associations = 1
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "Part 10 files, or directories of them.") var paths: [String]

    func run() throws {
        var command = SendCommand(options.target, paths: paths)
        command.associations = associations
        command.json = json
        try end(command.run())
    }
}

struct Pacs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pacs", abstract: "Receive DICOM objects, for trying things out.",
        discussion: "Example: causeway pacs --listen 11112 --directory ./received")

    @Option(help: "Port to listen on.") var listen: UInt16
    @Option(help: "Certificate chain (PEM) for TLS.") var tlsCert: String?
    @Option(help: "Private key (PEM) for TLS.") var tlsKey: String?
    @Option(help: "Where the files go.") var directory: String?
    @Flag(help: "Keep nothing.") var discard = false
    @Option(help: "Serve only this called AE title.") var called: String?
    @Flag(help: "Print JSON, a line per object.") var json = false

    func validate() throws {
        if discard == (directory != nil) { throw ValidationError("give either --directory DIR or --discard") }
        if (tlsCert == nil) != (tlsKey == nil) { throw ValidationError("--tls-cert and --tls-key belong together") }
    }

    func run() throws {
        var command = PacsCommand(port: listen)
        if let tlsCert, let tlsKey { command.tls = (tlsCert, tlsKey) }
        command.directory = directory
        command.calledAET = called
        command.json = json
        try end(command.run())
    }
}
