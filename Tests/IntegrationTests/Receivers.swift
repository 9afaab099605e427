import Foundation
import JSON
import TestSupport
import Testing

/// A PACS that a test started. `stop` ends its processes.
final class Receiver {
    let port: UInt16
    /// Where its Part 10 files are.
    let inbox: String
    let calledAET: String
    private let children: [Child]
    private let collect: () throws -> Void
    private let show: () throws -> Void

    private init(
        _ port: UInt16, _ inbox: String, _ children: [Child], calledAET: String = "PACS",
        collect: @escaping () throws -> Void = {}, show: @escaping () throws -> Void = {}
    ) {
        self.port = port
        self.inbox = inbox
        self.children = children
        self.calledAET = calledAET
        self.collect = collect
        self.show = show
    }

    var log: String { children[0].output }
    var isRunning: Bool { children.allSatisfy(\.isRunning) }

    func stop() { children.forEach { $0.stop() } }

    /// Certificate and key, PEM.
    typealias Pair = (certificate: String, key: String)

    private static func folder(_ name: String, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// DCMTK. It takes every syntax unless `options` say otherwise, and writes what it gets as it is.
    static func storescp(
        _ name: String, in folder: TemporaryFolder, tls: Pair? = nil, options: [String] = ["+xa"], port: UInt16? = nil
    ) async throws -> Receiver {
        let (inbox, port) = (try Self.folder(name, in: folder), port ?? freePort())
        let secure = tls.map { ["+tls", $0.key, $0.certificate, "-ic"] } ?? []
        let child = try Child(
            "storescp", ["-v", "-aet", "PACS", "+B", "-od", inbox] + options + secure + ["\(port)"],
            log: folder.path + "/\(name).log")
        try await listening(port, child)
        return Receiver(port, inbox, [child])
    }

    /// A plain storescp behind stunnel with the files of the generated kit, of which only the ports are edited.
    static func stunnel(_ name: String, kit: String, in folder: TemporaryFolder, port: UInt16) async throws -> Receiver
    {
        let plain = try await storescp(name, in: folder)
        do {
            let configuration = try edit(kit: kit, accept: port, connect: plain.port)
            let child = try Child("stunnel4", [configuration], log: folder.path + "/\(name)-stunnel.log")
            let receiver = Receiver(port, plain.inbox, plain.children + [child])
            try await listening(port, child, orStop: receiver)
            return receiver
        } catch {
            plain.stop()
            throw error
        }
    }

    /// What the site's administrator does with the kit: addresses and paths of this machine, nothing else.
    private static func edit(kit: String, accept: UInt16, connect: UInt16) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: kit)
        guard let name = names.first(where: { $0.hasSuffix(".conf") }) else {
            throw Failure("no .conf in the kit: \(names)")
        }
        var lines = ["foreground = yes", "pid =", "syslog = no"]
        for line in try FileText.read(kit + "/" + name).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            let key = line.hasPrefix(";") || line.hasPrefix("#") || parts.count < 2 ? "" : parts[0].lowercased()
            switch key {
            case "accept": lines.append("accept = 127.0.0.1:\(accept)")
            case "connect": lines.append("connect = 127.0.0.1:\(connect)")
            case "cert", "key":
                let file = URL(fileURLWithPath: parts[1].replacingOccurrences(of: "\\", with: "/")).lastPathComponent
                lines.append("\(key) = \(kit)/\(file)")
            case "setuid", "setgid", "chroot", "pid", "output", "syslog", "foreground", "service": break
            default: lines.append(String(line))
            }
        }
        let own = kit + "/edited.conf"
        try lines.joined(separator: "\n").appending("\n").write(toFile: own, atomically: true, encoding: .utf8)
        return own
    }

    /// Orthanc; its files are fetched over its REST API.
    static func orthanc(_ name: String, in folder: TemporaryFolder, tls: Pair? = nil) async throws -> Receiver {
        let (inbox, port, web) = (try Self.folder(name, in: folder), freePort(), freePort())
        let storage = try Self.folder("\(name)-storage", in: folder)
        var settings: JSONObject = [
            "Name": "peer", "StorageDirectory": JSON(storage), "IndexDirectory": JSON(storage),
            "HttpPort": JSON(Int(web)), "DicomPort": JSON(Int(port)), "DicomAet": "PACS", "DicomAlwaysAllowStore": true,
            "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
        ]
        if let tls {
            settings["DicomTlsEnabled"] = true
            settings["DicomTlsCertificate"] = JSON(tls.certificate)
            settings["DicomTlsPrivateKey"] = JSON(tls.key)
            settings["DicomTlsTrustedCertificates"] = JSON(tls.certificate)
            settings["DicomTlsRemoteCertificateRequired"] = false
        }
        let file = folder.path + "/\(name).json"
        try JSON(settings).text.write(toFile: file, atomically: true, encoding: .utf8)
        let child = try Child("/usr/sbin/Orthanc", [file], log: folder.path + "/\(name).log")
        try await listening(web, child)
        try await listening(port, child)
        let base = "http://127.0.0.1:\(web)/instances"
        return Receiver(port, inbox, [child]) {
            let listed = try Command.run("curl", ["-sS", "--fail", base])
            for id in try JSON(parsing: listed.output).array ?? [] {
                let done = try Command.run(
                    "curl",
                    ["-sS", "--fail", "-o", "\(inbox)/\(id.string ?? "").dcm", "\(base)/\(id.string ?? "")/file"])
                guard done.status == 0 else { throw Failure("Orthanc: \(done.output)") }
            }
        } show: {
            for id in try JSON(parsing: Command.run("curl", ["-sS", "--fail", base]).output).array ?? [] {
                let one = "\(base)/\(id.string ?? "")"
                let tags = try JSON(parsing: Command.run("curl", ["-sS", "--fail", one + "/simplified-tags"]).output)
                guard tags["Rows"] != nil else { continue }
                for frame in 0..<(tags["NumberOfFrames"]?.string.flatMap { Int($0) } ?? 1) {
                    let shown = try Command.run(
                        "curl", ["-sS", "--fail", "-o", "/dev/null", "\(one)/frames/\(frame)/preview"])
                    guard shown.status == 0 else { throw Failure("frame \(frame) of \(tags.text): \(shown.output)") }
                }
            }
        }
    }

    /// pynetdicom, which logs each arrival. Options as in receiver.py.
    static func pynetdicom(
        _ name: String, in folder: TemporaryFolder, tls: Pair? = nil, options: [String] = [], port: UInt16 = 0
    ) async throws -> Receiver {
        guard let python = Tools.python else { throw Failure("no Python with pynetdicom") }
        let inbox = try Self.folder(name, in: folder)
        let secure = tls.map { ["--tls", $0.certificate, $0.key] } ?? []
        let child = try Child(
            python, [Tools.scripts + "/receiver.py", inbox, "--port", "\(port)"] + options + secure,
            log: folder.path + "/\(name)-\(UUID().uuidString.prefix(4)).log")
        do {
            let first = try await firstLine(of: child)
            return Receiver(UInt16(first["port"]?.int ?? 0), inbox, [child])
        } catch {
            child.stop()
            throw error
        }
    }

    /// The first line of a script's output, which says the port it listens on.
    static func firstLine(of child: Child) async throws -> JSON {
        try await until("\(child.name) to listen") {
            guard child.isRunning else { throw Failure("\(child.name) ended: \(child.output.suffix(1000))") }
            return child.output.split(separator: "\n").lazy.compactMap { try? JSON(parsing: String($0)) }
                .first { $0["port"] != nil }
        }
    }

    private static func listening(_ port: UInt16, _ child: Child, orStop receiver: Receiver? = nil) async throws {
        do {
            try await wait(for: "\(child.name) to listen") {
                guard child.isRunning else { throw Failure("\(child.name) ended: \(child.output.suffix(1000))") }
                return listens(port)
            }
        } catch {
            child.stop()
            receiver?.stop()
            throw error
        }
    }

    /// Whether some socket listens there, without connecting: a connection would show up in the peer's log.
    static func listens(_ port: UInt16) -> Bool {
        let hex = ":" + String(format: "%04X", Int(port))
        return ["/proc/net/tcp", "/proc/net/tcp6"].contains { path in
            ((try? FileText.read(path)) ?? "").split(separator: "\n").contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[1].hasSuffix(hex) && fields[3] == "0A"
            }
        }
    }

    // MARK: What arrived

    /// Each arrival with the digest of its data set, in order; of pynetdicom receivers.
    var arrivals: [(uid: String, digest: String, syntax: String)] {
        log.split(separator: "\n").compactMap { line in
            guard let json = try? JSON(parsing: String(line)), let uid = json["uid"]?.string else { return nil }
            return (uid, json["sha256"]?.string ?? "", json["syntax"]?.string ?? "")
        }
    }

    /// Makes sure that everything that arrived lies in the inbox.
    func fetch() throws { try collect() }

    /// Orthanc: every frame can be rendered.
    func expectFramesAreShown() throws {
        try show()
    }

    func expectIdentical(from sent: String, converted: Bool = false) throws {
        let found = try differences(from: sent, converted: converted)
        #expect(found == [])
    }

    /// What differs from what was sent; empty when every instance is there, byte for byte, and nothing else.
    func differences(from sent: String, converted: Bool = false) throws -> [String] {
        try collect()
        let report = try JSON(parsing: Tools.script("compare.py", [sent, inbox]))
        let missing = (report["missing"]?.array ?? []).map { "\($0.string ?? "?") is missing" }
        let extra = (report["extra"]?.array ?? []).map { "\($0.string ?? "?") was not sent" }
        let changed = (report["instances"]?.array ?? []).compactMap { row -> String? in
            let identical = row["pixels"] == true && row["differences"]?.array?.isEmpty == true
            let asStored = row["bytes"] == true && row["syntax"] == true
            return identical && (asStored || converted) ? nil : row.text
        }
        return missing + extra + changed
    }
}
