import CodecProcess
import Foundation
import Imaging
import Logging

/// The test worker as a child, and files for it.
struct WorkerFixture {
    /// `codec-test-worker`: named by CAUSEWAY_CODEC_TEST_WORKER, else beside the test bundle.
    static let executable: String? = {
        if let path = ProcessInfo.processInfo.environment["CAUSEWAY_CODEC_TEST_WORKER"] { return path }
        var folders = [Bundle.main.bundleURL]
        folders += CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        return folders.map { $0.appendingPathComponent("codec-test-worker").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    let folder: String
    let pool: CodecPool

    init(_ folder: String, _ change: (inout CodecPoolSettings) -> Void = { _ in }) {
        self.folder = folder
        var settings = CodecPoolSettings()
        settings.executable = Self.executable ?? "/nonexistent"
        settings.arguments = []
        settings.processesMax = 1
        change(&settings)
        pool = CodecPool(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Has the worker do what `command` says.
    func run(
        _ command: String, _ recipe: TranscodeRecipe = TranscodeRecipe(.rle), organization: String = "a",
        name: String = "object"
    ) async throws -> TranscodeReport {
        let input = "\(folder)/\(name).in"
        try Data(command.utf8).write(to: URL(fileURLWithPath: input))
        return try await pool.transcode(
            input: input, output: "\(folder)/\(name).out", recipe, organization: organization)
    }

    /// The error of `run`.
    func failure(_ command: String, organization: String = "a", name: String = "object") async -> CodecPoolError? {
        do {
            _ = try await run(command, organization: organization, name: name)
            return nil
        } catch {
            return error as? CodecPoolError
        }
    }

    func hasOutput(_ name: String = "object") -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(name).out")
    }
}

/// Lends a fixture and closes its pool.
func withWorker<T>(
    _ change: (inout CodecPoolSettings) -> Void = { _ in }, _ body: (WorkerFixture) async throws -> T
) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("causeway-codec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let fixture = WorkerFixture(folder.path, change)
    defer {
        fixture.pool.close()
        try? FileManager.default.removeItem(at: folder)
    }
    return try await body(fixture)
}
