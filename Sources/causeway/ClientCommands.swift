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

struct Transcode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcode", abstract: "Encode the pixels of a DICOM file anew, as a forward would.",
        discussion: "Example: causeway transcode --to jpeg --quality 90 cine.dcm smaller.dcm")

    @Option(help: "native, rle, jpegLossless, jpegLS, jpeg2000, jpeg or h264.") var to = "jpeg"
    @Option(help: "A level instead of --to: lossless, nearLossless, high, standard or review.") var level: String?
    @Option(help: "Of jpeg: 1 to 100.") var quality = 90
    @Option(help: "Of jpeg: 4:4:4, 4:2:2 or 4:2:0.") var chroma = "4:4:4"
    @Option(help: "Of jpegLS: the largest error of a sample; 0 is lossless.") var near = 0
    @Option(help: "Of jpeg2000: in dB; without it lossless.") var psnr: Double?
    @Option(help: "Of h264: constant rate factor, 0 to 51.") var crf = 18
    @Option(help: "Threads; by default one per processor.") var lanes: Int?
    @Flag(inversion: .prefixedNo, help: "Decode each frame again and compare it.") var verify = true
    @Flag(help: "Keep the SOP Instance UID when samples change.") var keepUid = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "Part 10 file.") var input: String
    @Argument(help: "Where the new file goes; it must not exist.") var output: String

    func validate() throws {
        guard TranscodeCommand.Target(rawValue: to) != nil else {
            throw ValidationError("--to must be native, rle, jpegLossless, jpegLS, jpeg2000, jpeg or h264")
        }
        if let lanes, !(1...64 ~= lanes) { throw ValidationError("--lanes must be 1 to 64") }
    }

    func run() throws {
        var command = TranscodeCommand(from: input, to: output)
        command.target = TranscodeCommand.Target(rawValue: to) ?? command.target
        command.level = level
        command.quality = quality
        command.chroma = chroma
        command.near = near
        command.psnr = psnr
        command.crf = crf
        command.lanes = lanes
        command.isVerified = verify
        command.keepsUID = keepUid
        command.json = json
        try end(command.run())
    }
}
