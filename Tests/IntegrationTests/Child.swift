import Foundation
import Glibc
import TestSupport

/// A child process whose output goes to a file; stopped by its own id.
final class Child {
    private let process = Process()
    let name: String
    let log: String
    private let started: Date

    /// - Parameter environment: added to that of the test process, without the settings of a server of the caller's.
    init(_ program: String, _ arguments: [String], log: String, environment: [String: String] = [:]) throws {
        name = URL(fileURLWithPath: program).lastPathComponent
        self.log = log
        started = Date()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = Self.environment(adding: environment)
        if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(fileURLWithPath: log)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try output.close()
    }

    static func environment(adding more: [String: String]) -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CAUSEWAY_") }
        return inherited.merging(more) { $1 }
    }

    var id: pid_t { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) {
        if process.isRunning { kill(id, number) }
    }

    /// Waits for the end of the process; its exit status.
    func end(within seconds: Double = 30) async throws -> Int32 {
        try await until("\(name) to end", seconds: seconds) { self.process.isRunning ? nil : () }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func stop() {
        signal(SIGKILL)
        process.waitUntilExit()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again and again until there is an answer.
func until<T>(_ what: String, seconds: Double = 60, _ ask: () async throws -> T?) async throws -> T {
    let end = Date().addingTimeInterval(seconds)
    while true {
        if let answer = try await ask() { return answer }
        if Date() > end { throw Failure("waited \(seconds) s for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// As `until`, for a condition.
func wait(for what: String, seconds: Double = 60, _ condition: () async throws -> Bool) async throws {
    try await until(what, seconds: seconds) { try await condition() ? () : nil }
}

/// A port nobody listens on. Taken below the range from which the system gives ports to clients.
func freePort() -> UInt16 {
    for _ in 0..<1000 {
        let port = UInt16.random(in: 12_000..<30_000)
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0 { return port }
    }
    return 0
}

/// What tests need beside the package, where it is installed.
enum Tools {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    static let scripts = folder + "/scripts"

    static func has(_ paths: String...) -> Bool {
        paths.allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let hasDCMTK = has("/usr/bin/storescp", "/usr/bin/storescu", "/usr/bin/echoscu")
    static let hasOrthanc = has("/usr/sbin/Orthanc")
    static let hasStunnel = has("/usr/bin/stunnel4")
    /// A Python with pydicom and pynetdicom.
    static let python = findPython()

    private static func findPython() -> String? {
        let environment = ProcessInfo.processInfo.environment
        let package = URL(fileURLWithPath: folder).deletingLastPathComponent().deletingLastPathComponent().path
        let candidates = [
            environment["CAUSEWAY_TEST_PYTHON"], environment["CAUSEWAY_TEST_VENV"].map { $0 + "/bin/python" },
            package + "/.venv/bin/python",
        ]
        return candidates.compactMap(\.self).first { path in
            guard has(path) else { return false }
            return (try? Command.run(path, ["-c", "import pydicom, pynetdicom, numpy"]))?.status == 0
        }
    }

    /// The program under test: beside this test bundle.
    static let causeway: String = {
        if let path = ProcessInfo.processInfo.environment["CAUSEWAY_TEST_BINARY"] { return path }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("causeway").path
    }()

    /// What the environment asks for, such as a longer run.
    static func number(_ variable: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? standard
    }

    /// Runs a Python script of this folder; the last line of its output, which is JSON.
    static func script(_ name: String, _ arguments: [String]) throws -> String {
        guard let python else { throw Failure("no Python with pydicom and pynetdicom") }
        let done = try Command.run(python, [scripts + "/" + name] + arguments)
        guard done.status == 0 else { throw Failure("\(name): \(done.output.suffix(2000))") }
        return done.output.split(separator: "\n").last.map(String.init) ?? ""
    }
}
