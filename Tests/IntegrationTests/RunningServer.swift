import Foundation
import Glibc
import JSON
import TestSupport

/// One answer of the API.
struct Answer {
    let status: Int
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: String(decoding: body, as: UTF8.self))) ?? .null }
}

/// `causeway up` (or another role) as a child process on free loopback ports, with a data directory of its own.
final class RunningServer {
    let folder: TemporaryFolder
    let arguments: [String]
    let environment: [String: String]
    private(set) var process: Child
    /// The log line that says that it is ready.
    private(set) var ready: JSON = .null
    var key = ""
    /// For HTTPS.
    var curlOptions: [String] = []

    var data: String { folder.path + "/data" }
    var log: String { process.output }

    private init(_ arguments: [String], _ environment: [String: String], in folder: TemporaryFolder) throws {
        self.folder = folder
        self.arguments = arguments
        self.environment = environment
        process = try Self.launch(arguments, environment, folder)
    }

    private static func launch(_ arguments: [String], _ environment: [String: String], _ folder: TemporaryFolder) throws
        -> Child
    {
        let settings = [
            "CAUSEWAY_DATA": folder.path + "/data", "CAUSEWAY_ALLOW_NETWORKS": "127.0.0.0/8",
            "CAUSEWAY_HTTP_LISTEN": "127.0.0.1:0", "CAUSEWAY_DICOM_LISTEN": "127.0.0.1:0",
            "CAUSEWAY_RETRY_BASE_SECONDS": "1", "CAUSEWAY_RETRY_MAX_SECONDS": "2", "CAUSEWAY_LOG": "debug",
        ]
        let log = folder.path + "/server-\(UUID().uuidString.prefix(8)).log"
        return try Child(
            Tools.causeway, arguments, log: log, environment: settings.merging(environment) { $1 })
    }

    static func start(
        _ environment: [String: String] = [:], arguments: [String] = ["up"], in folder: TemporaryFolder? = nil
    ) async throws -> RunningServer {
        let server = try RunningServer(arguments, environment, in: folder ?? TemporaryFolder())
        do {
            try await server.waitUntilReady()
        } catch {
            server.stop()
            throw error
        }
        return server
    }

    private func waitUntilReady() async throws {
        ready = try await until("the server to be ready", seconds: 60) {
            guard self.process.isRunning else { throw Failure("the server ended: \(self.log.suffix(2000))") }
            return self.log.split(separator: "\n").lazy.compactMap { try? JSON(parsing: String($0)) }
                .first { $0["message"]?.string == "ready" }
        }
        if key.isEmpty { key = (try? FileText.read(data + "/admin-key")) ?? "" }
    }

    func port(_ listener: String) -> String {
        (ready[listener]?.string ?? "").split(separator: ":").last.map(String.init) ?? ""
    }

    // MARK: Life

    /// SIGKILL; the database server of `up` stays.
    func kill() { process.stop() }

    /// Starts again on the same data.
    func restart() async throws {
        process = try Self.launch(arguments, environment, folder)
        try await waitUntilReady()
    }

    /// SIGTERM; the exit status.
    func terminate() async throws -> Int32 {
        process.signal(SIGTERM)
        return try await process.end(within: 40)
    }

    /// Ends everything, the database server too.
    func stop() {
        process.stop()
        if let text = try? FileText.read(postmasterFile),
            let id = text.split(separator: "\n").first.flatMap({ pid_t($0) })
        {
            Glibc.kill(id, SIGQUIT)
            // Nobody may collect it where the first process of a container is no init: a zombie has no command line.
            for _ in 0..<500 where !((try? FileText.read("/proc/\(id)/cmdline")) ?? "").isEmpty { usleep(10_000) }
        }
        if ProcessInfo.processInfo.environment["CAUSEWAY_TEST_KEEP"] == nil { folder.remove() }
    }

    private var postmasterFile: String {
        let found = FileManager.default.enumerator(atPath: data)?.first {
            ($0 as? String)?.hasSuffix("postmaster.pid") == true
        }
        return data + "/" + (found as? String ?? "none")
    }

    var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.id)/fd").count) ?? -1
    }

    // MARK: API

    func request(_ method: String, _ path: String, _ arguments: [String] = [], key other: String? = nil) throws
        -> Answer
    {
        let scratch = try TemporaryFolder()
        defer { scratch.remove() }
        let url = "\(curlOptions.isEmpty ? "http" : "https")://127.0.0.1:\(port("http"))\(path)"
        let done = try Command.run(
            "curl",
            [
                "-sS", "--max-time", "60", "-X", method, url, "-o", scratch.path + "/body", "-w", "%{http_code}", "-H",
                "Authorization: Bearer \(other ?? key)", "-H", "Expect:",
            ] + curlOptions + arguments)
        guard done.status == 0, let status = Int(done.output) else {
            throw Failure("\(method) \(path): curl \(done.status) \(done.output)")
        }
        return Answer(status: status, body: (try? scratch.read("body")) ?? [])
    }

    func send(_ method: String, _ path: String, _ body: JSON? = nil, key other: String? = nil) throws -> Answer {
        let content = body.map { ["-H", "Content-Type: application/json", "--data-binary", $0.text] } ?? []
        return try request(method, path, content, key: other)
    }

    /// A request that must succeed; its JSON.
    @discardableResult
    func call(_ method: String, _ path: String, _ body: JSON? = nil, key other: String? = nil) throws -> JSON {
        let answer = try send(method, path, body, key: other)
        guard (200..<300).contains(answer.status) else {
            throw Failure("\(method) \(path): \(answer.status) \(answer.text)")
        }
        return answer.json
    }

    /// Such a request for a resource; its id.
    func make(_ path: String, _ body: JSON, key other: String? = nil) throws -> String {
        guard let id = try call("POST", path, body, key: other)["id"]?.string else {
            throw Failure("POST \(path): no id")
        }
        return id
    }
}

enum FileText {
    static func read(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Lends a server and stops it whatever happens. The end of its log is printed when the body throws.
func withServer(_ environment: [String: String] = [:], _ body: (RunningServer) async throws -> Void) async throws {
    let server = try await RunningServer.start(environment)
    defer { server.stop() }
    do {
        try await body(server)
    } catch {
        let lines = server.log.split(separator: "\n").suffix(30).joined(separator: "\n")
        FileHandle.standardError.write(Data("-- \(error)\n\(lines)\n".utf8))
        throw error
    }
}
