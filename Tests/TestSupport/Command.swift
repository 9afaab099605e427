import Foundation
import Glibc

/// A program run as a child to its end.
package enum Command {
    package struct Outcome: Sendable {
        package let status: Int32
        /// Standard output and standard error together.
        package let output: String
    }

    /// Looks the program up in PATH. Its input is `input`, then the end.
    package static func run(_ program: String, _ arguments: [String], input: String = "", in folder: String? = nil)
        throws -> Outcome
    {
        // Files rather than pipes: a child that another test starts meanwhile would inherit a pipe and keep it open.
        let scratch = try TemporaryFolder()
        defer { scratch.remove() }
        try scratch.write("input", Array(input.utf8))
        try scratch.write("output", [])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path + "/output"))
        process.standardOutput = output
        process.standardError = output
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scratch.path + "/input"))
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: try scratch.read("output"), as: UTF8.self))
    }
}

/// A program that runs beside the test, such as a peer; its output is read line by line.
package final class PeerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var pending: [UInt8] = []
    package private(set) var lines: [String] = []

    package init(_ program: String, _ arguments: [String], in folder: String? = nil) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = input
        try process.run()
    }

    /// Writes to the program's standard input, which stays open.
    package func send(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// The first line from here on that contains `part`; nil when the program ends before.
    package func line(containing part: String) -> String? {
        while let line = nextLine() {
            lines.append(line)
            if line.contains(part) { return line }
        }
        return nil
    }

    private func nextLine() -> String? {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            pending.append(contentsOf: more)
        }
    }

    /// Kills the program and waits until it is gone. SIGTERM may be blocked in a child, as masks are inherited.
    package func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}

/// A folder of its own for a test, removed with everything in it by `remove`.
package struct TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "causeway-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    package func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
