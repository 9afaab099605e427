import Foundation
import JSON
import TestSupport

/// scripts/foreign.py, which knows what other decoders see.
enum ForeignDecoders {
    /// A Python with pydicom and its decoders.
    static let python = ProcessInfo.processInfo.environment["CAUSEWAY_TEST_PYTHON"]
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("scripts/foreign.py").path

    struct Failed: Error { let output: String }

    enum Verdict: String { case same, differs, unseen, broken, readable, unreadable }

    struct Answer {
        var verdict: Verdict
        /// Which decoders, and how far they are off.
        var why: String
    }

    /// Compares `name`.dcm with `name`.out in the folder, for each name.
    static func judge(_ objects: [(name: String, isMade: Bool)], tolerance: Int, in folder: String) throws -> [String:
        Answer]
    {
        let list = JSON.array(
            objects.map { ["name": .string($0.name), "made": .bool($0.isMade), "tolerance": JSON(tolerance)] })
        try Data(list.bytes).write(to: URL(fileURLWithPath: folder + "/list.json"))
        let outcome = try Command.run(python ?? "python3", [script, folder])
        guard outcome.status == 0 else { throw Failed(output: outcome.output) }
        var answers: [String: Answer] = [:]
        for line in outcome.output.split(separator: "\n") {
            let answer = try JSON(parsing: String(line))
            guard let name = answer["name"]?.string, let word = answer["verdict"]?.string,
                let verdict = Verdict(rawValue: word)
            else { throw Failed(output: String(line)) }
            answers[name] = Answer(verdict: verdict, why: answer["why"]?.string ?? answer["by"]?.string ?? "")
        }
        return answers
    }
}
