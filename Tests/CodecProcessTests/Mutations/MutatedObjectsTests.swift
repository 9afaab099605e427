@testable import CodecProcess
import Foundation
import Imaging
import TestSupport
import Testing

/// Damaged objects through the real engine in its confined process: each is made or refused with a reason, and what is
/// made is what decoders of others see in the same bytes.
///
/// CAUSEWAY_TEST_MUTATIONS says how many there are of each sample, CAUSEWAY_TEST_SEED where they begin.
@Suite(
    .serialized,
    .enabled(if: !HostileObjects.available.isEmpty, "CAUSEWAY_SAMPLES names no directory with samples"),
    .enabled(if: ForeignDecoders.python != nil, "CAUSEWAY_TEST_PYTHON names no Python"),
    .enabled(if: WorkerFixture.executable != nil, "CAUSEWAY_CODEC_TEST_WORKER names no program"))
struct MutatedObjectsTests {
    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    private static let count = number("CAUSEWAY_TEST_MUTATIONS", 100)
    private static let seed = number("CAUSEWAY_TEST_SEED", 1)
    private static let targets: [CodecParameters] = [
        .native, .rle, .jpegLosslessSV1, .jpegLS(near: 0), .jpeg2000(psnr: nil),
    ]

    /// One object on its way.
    private struct Case: Sendable {
        let name: String
        let words: String
        let target: CodecParameters
        var error: CodecPoolError?
    }

    @Test(arguments: HostileObjects.allCases)
    func damageIsRefusedOrSeenByOthersToo(_ object: HostileObjects) async throws {
        if let why = object.whyNot {
            print("skipped \(object): \(why)")
            return
        }
        try await withWorker {
            $0.arguments = ["codec"]
            $0.processesMax = 2
            $0.lanes = 1
            $0.limits.cpuTimeMax = .seconds(20)
            $0.limits.wallTimeMax = .seconds(120)
        } _: { worker in
            let sample = try object.load(in: worker.folder)
            try await expectWhole(sample, object, worker)
            let cases = try await transcode(sample, worker)
            try expectNothingWrong(cases, object, worker)
            try await expectWhole(sample, object, worker)
            #expect(worker.pool.queueLength == 0)
            #expect((1...2).contains(worker.pool.processIdentifiers.count))
            #expect(try Self.openFiles(in: worker.folder).isEmpty)
            worker.pool.close()
            #expect(worker.pool.processIdentifiers.isEmpty)
        }
    }

    /// What this process has open of the folder.
    private static func openFiles(in folder: String) throws -> [String] {
        let manager = FileManager.default
        return try manager.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
        }.filter { $0.hasPrefix(folder) }
    }

    /// The object without damage comes through in every syntax.
    private func expectWhole(_ sample: HostileSample, _ object: HostileObjects, _ worker: WorkerFixture) async throws {
        var names: [(String, Bool)] = []
        for (index, target) in Self.targets.enumerated() {
            let name = "whole\(index)"
            names.append((name, true))
            let input = "\(worker.folder)/\(name).dcm"
            try Data(sample.file()).write(to: URL(fileURLWithPath: input))
            let report = try await worker.pool.transcode(
                input: input, output: "\(worker.folder)/\(name).out", TranscodeRecipe(target), organization: "a")
            #expect(report.to == target.transferSyntax)
        }
        let answers = try ForeignDecoders.judge(names, tolerance: object.tolerance, in: worker.folder)
        for (name, _) in names {
            #expect(answers[name]?.verdict == .same, "\(object) \(name): \(answers[name]?.why ?? "no answer")")
        }
    }

    private func transcode(_ sample: HostileSample, _ worker: WorkerFixture) async throws -> [Case] {
        try await withThrowingTaskGroup(of: [Case].self) { group in
            for lane in 0..<2 {
                group.addTask {
                    var cases: [Case] = []
                    for number in stride(from: lane, to: Self.count, by: 2) {
                        cases.append(try await Self.transcode(sample, number, worker))
                    }
                    return cases
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func transcode(_ sample: HostileSample, _ number: Int, _ worker: WorkerFixture) async throws -> Case
    {
        var mutation = Mutation(sample, seed: UInt64(seed + number))
        let name = "\(seed + number)"
        let input = "\(worker.folder)/\(name).dcm"
        try Data(mutation.file()).write(to: URL(fileURLWithPath: input))
        let target = targets[number % targets.count]
        var made = Case(name: name, words: mutation.words.joined(separator: ", "), target: target)
        do throws(CodecPoolError) {
            _ = try await worker.pool.transcode(
                input: input, output: "\(worker.folder)/\(name).out", TranscodeRecipe(target), organization: "a")
        } catch {
            made.error = error
        }
        return made
    }

    private func expectNothingWrong(_ cases: [Case], _ object: HostileObjects, _ worker: WorkerFixture) throws {
        let answers = try ForeignDecoders.judge(
            cases.map { ($0.name, $0.error == nil) }, tolerance: object.tolerance, in: worker.folder)
        var counts: [String: Int] = [:]
        for one in cases {
            let answer = try #require(answers[one.name], "\(object) \(one.name)")
            let hasOutput = FileManager.default.fileExists(atPath: "\(worker.folder)/\(one.name).out")
            #expect(hasOutput == (one.error == nil), "\(object) seed \(one.name)")
            switch one.error {
            case nil:
                counts["made, \(answer.verdict)", default: 0] += 1
                #expect(
                    answer.verdict == .same,
                    "\(object) seed \(one.name) to \(one.target): \(answer.verdict), \(answer.why); \(one.words)")
            case .failed(let error):
                counts["refused, \(answer.verdict)", default: 0] += 1
                #expect(!error.description.isEmpty)
                if case .verificationFailed = error {
                    Issue.record("\(object) seed \(one.name): \(error); \(one.words)")
                }
            case .crashed: counts["crashed", default: 0] += 1
            case .timedOut: counts["timed out", default: 0] += 1
            case .unavailable(let why): Issue.record("\(object) seed \(one.name): \(why)")
            }
        }
        print("\(object): " + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: "; "))
    }
}
