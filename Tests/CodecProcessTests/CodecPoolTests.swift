@testable import CodecProcess
import DICOM
import Foundation
import Imaging
import Testing

/// The pool with a real child, whose engine does what its input says (Tests/CodecTestWorker).
@Suite(.serialized, .enabled(if: WorkerFixture.executable != nil, "CAUSEWAY_CODEC_TEST_WORKER names no program"))
struct CodecPoolTests {
    @Test func anObjectComesBackWithItsReport() async throws {
        try await withWorker { worker in
            let report = try await worker.run("ok", TranscodeRecipe(.jpegBaseline(quality: 90, .none)))
            #expect(report.to == .jpegBaseline)
            #expect(report.codec.hasPrefix("fake"))
            #expect(try String(contentsOfFile: worker.folder + "/object.out", encoding: .utf8) == "made")
        }
    }

    @Test func anErrorOfTheCodecComesThroughAndTheProcessServesOn() async throws {
        try await withWorker { worker in
            #expect(await worker.failure("fail") == .failed(.codec(.malformed("as asked  "))))
            #expect(!worker.hasOutput())
            let figures = QualityFigures(psnr: 31.25, ssim: 0.5, ratio: 7)
            #expect(await worker.failure("quality") == .failed(.gateFailed(figures, reason: "as asked")))
            _ = try await worker.run("ok")
            #expect(worker.pool.startedCount == 1)
        }
    }

    @Test(arguments: [
        ("segfault", "SIGSEGV"), ("trap", "SIG"), ("abort", "SIGABRT"), ("exit 7", "exit status 7"),
        ("garbage", "nonsense"), ("flood", "nonsense"), ("lie", "not asked for"), ("empty", "empty"),
    ])
    func aProcessThatEndsOrLiesCostsOneObject(_ command: String, _ word: String) async throws {
        try await withWorker { worker in
            guard case .crashed(let how) = await worker.failure(command) else {
                Issue.record("\(command) was not a crash")
                return
            }
            #expect(how.contains(word), "\(how)")
            #expect(!worker.hasOutput())
            #expect(worker.pool.lostCount == 1)
            _ = try await worker.run("ok")
        }
    }

    @Test func aHangEndsByTheClock() async throws {
        try await withWorker {
            $0.limits.wallTimeMax = .milliseconds(300)
        } _: { worker in
            let begin = ContinuousClock.now
            #expect(await worker.failure("hang") == .timedOut("no answer after 0 s"))
            #expect(ContinuousClock.now - begin < .seconds(10))
            _ = try await worker.run("ok")
        }
    }

    @Test func anEndlessLoopEndsByTheProcessorTimeItUsed() async throws {
        try await withWorker {
            $0.limits.cpuTimeMax = .seconds(1)
        } _: { worker in
            #expect(await worker.failure("spin") == .timedOut("1 s of processor time are used up"))
            _ = try await worker.run("ok")
        }
    }

    @Test func theBudgetOfProcessorTimeIsForEachObjectAnew() async throws {
        try await withWorker {
            $0.limits.cpuTimeMax = .seconds(1)
        } _: { worker in
            _ = try await worker.run("ok")
            #expect(await worker.failure("spin") != nil)
            for _ in 0..<20 { _ = try await worker.run("ok") }
        }
    }

    @Test func memoryBeyondTheLimitIsAnErrorOrACrash() async throws {
        try await withWorker { worker in
            #expect(await worker.failure("memory \(2 << 30)") == .failed(.codec(.library("no memory"))))
            _ = try await worker.run("memory \(256 << 20)")
            guard case .crashed = await worker.failure("bomb") else {
                Issue.record("the bomb did not end the process")
                return
            }
            _ = try await worker.run("ok")
        }
    }

    @Test func aFileBeyondTheLimitIsAnError() async throws {
        try await withWorker {
            $0.limits.fileByteCountMax = 8 << 20
        } _: { worker in
            _ = try await worker.run("large \(8 << 20)")
            #expect(await worker.failure("large \(9 << 20)") == .failed(.file("pwrite: File too large")))
            #expect(!worker.hasOutput())
        }
    }

    @Test func aProgramThatCannotBeStartedSaysSo() async throws {
        try await withWorker {
            $0.executable = "/nonexistent/causeway"
        } _: { worker in
            #expect(await worker.failure("ok") == .unavailable("its program could not be started"))
        }
    }

    @Test func aProgramThatIsNoWorkerSaysSo() async throws {
        try await withWorker {
            $0.executable = "/bin/cat"
        } _: { worker in
            #expect(await worker.failure("ok") == .unavailable("it did not get ready: exit status 0"))
        }
    }

    @Test func aMissingInputIsAnErrorOfTheObject() async throws {
        try await withWorker { worker in
            let error = await #expect(throws: CodecPoolError.self) {
                try await worker.pool.transcode(
                    input: worker.folder + "/none", output: worker.folder + "/out", TranscodeRecipe(.rle),
                    organization: "a")
            }
            #expect(error == .failed(.file("open \(worker.folder)/none: No such file or directory")))
        }
    }

    // MARK: Confinement

    @Test func aConfinedProcessReachesNothing() async throws {
        try await withWorker { worker in
            let results = try await worker.run("probe").codec.split(separator: ",").map(String.init)
            let forbidden = [
                "open", "create", "unlink", "socket", "unix", "exec", "spawn", "kill", "limit", "executable",
            ]
            #expect(results == forbidden.map { "\($0):1" } + ["threads:4"])
        }
    }

    @Test func aConfinedProcessHasNoNewPrivilegesAndNoOtherDescriptors() async throws {
        try await withWorker { worker in
            let pid = try await worker.run("pid").codec
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            #expect(status.contains("NoNewPrivs:\t1"))
            #expect(status.contains("Seccomp:\t2"))
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").sorted()
            #expect(open == ["0", "1", "2", "3"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/environ")).isEmpty)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd") == "/")
        }
    }

    // MARK: Which process serves whom

    @Test func oneOrganizationKeepsItsProcessAndAnotherGetsAFreshOne() async throws {
        try await withWorker { worker in
            let first = try await worker.run("pid", organization: "a").codec
            #expect(try await worker.run("pid", organization: "a").codec == first)
            let second = try await worker.run("pid", organization: "b").codec
            #expect(second != first)
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(first)"))
            #expect(try await worker.run("pid", organization: "a").codec != first)
        }
    }

    @Test func withRoomForTwoEachOrganizationKeepsItsOwn() async throws {
        try await withWorker {
            $0.processesMax = 2
        } _: { worker in
            let a = try await worker.run("pid", organization: "a").codec
            let b = try await worker.run("pid", organization: "b").codec
            #expect(try await worker.run("pid", organization: "a").codec == a)
            #expect(try await worker.run("pid", organization: "b").codec == b)
            #expect(worker.pool.startedCount == 2)
        }
    }

    @Test func twoObjectsOfOneOrganizationAreWorkedOnAtATime() async throws {
        try await withWorker {
            $0.processesMax = 2
        } _: { worker in
            async let one = worker.run("wait 300", name: "1")
            async let other = worker.run("wait 300", name: "2")
            _ = try await (one, other)
            // One after the other, the second would have had the process of the first.
            #expect(worker.pool.startedCount == 2)
        }
    }

    @Test func aProcessIsReplacedAfterItsShareOfObjects() async throws {
        try await withWorker {
            $0.jobsPerProcess = 3
        } _: { worker in
            var pids: [String] = []
            for _ in 0..<7 { pids.append(try await worker.run("pid").codec) }
            #expect(Set(pids[0..<3]).count == 1 && Set(pids[3..<6]).count == 1)
            #expect(Set(pids).count == 3)
        }
    }

    @Test func anOrganizationWithFewObjectsDoesNotWaitForOneWithMany() async throws {
        try await withWorker {
            $0.turnLength = 2
        } _: { worker in
            let order = Recorded()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await worker.run("wait 200", name: "first") }
                while worker.pool.startedCount == 0 { await Task.yield() }
                for i in 0..<20 {
                    group.addTask {
                        _ = try await worker.run("ok", organization: "many", name: "many\(i)")
                        order.append("many")
                    }
                }
                while worker.pool.queueLength < 20 { await Task.yield() }
                group.addTask {
                    _ = try await worker.run("ok", organization: "few", name: "few")
                    order.append("few")
                }
                try await group.waitForAll()
            }
            let place = try #require(order.all.firstIndex(of: "few"))
            #expect(place <= 4, "\(order.all)")
        }
    }

    // MARK: The end

    @Test func aProcessKilledWhileIdleCostsNothing() async throws {
        try await withWorker { worker in
            let pid = try #require(Int32(try await worker.run("pid").codec))
            kill(pid, SIGKILL)
            while kill(pid, 0) == 0, !Self.isZombie(pid) { await Task.yield() }
            #expect(try await worker.run("pid").codec != "\(pid)")
        }
    }

    @Test func afterACrashOnAUsedProcessTheObjectGetsAFreshOne() async throws {
        try await withWorker { worker in
            _ = try await worker.run("ok")
            guard case .crashed = await worker.failure("segfault") else {
                Issue.record("no crash")
                return
            }
            #expect(worker.pool.lostCount == 2)
        }
    }

    @Test func closingEndsWhatRunsAndWhatWaits() async throws {
        try await withWorker { worker in
            async let running = worker.failure("hang", name: "1")
            while worker.pool.processIdentifiers.isEmpty { await Task.yield() }
            let started = worker.pool.processIdentifiers
            async let waiting = worker.failure("ok", name: "2")
            while worker.pool.queueLength == 0 { await Task.yield() }
            worker.pool.close()
            #expect(worker.pool.processIdentifiers.isEmpty)
            #expect(await running == .unavailable("the program is ending"))
            #expect(await waiting == .unavailable("the program is ending"))
            #expect(await worker.failure("ok") == .unavailable("the program is ending"))
            #expect(!started.contains(where: Self.isChild))
        }
    }

    @Test func twoHundredKillsLeaveEveryObjectWithAnAnswerAndNothingBehind() async throws {
        let before = try Self.descriptorCount()
        var started: [Int] = []
        try await withWorker {
            $0.processesMax = 2
            $0.limits.wallTimeMax = .seconds(60)
        } _: { worker in
            let killer = Killer(worker.pool, count: 200)
            async let kills: Void = killer.run()
            let answers = await withTaskGroup(of: (Int, Int).self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        var made = 0, failed = 0
                        while !killer.isDone {
                            let organization = "\(lane % 3)"
                            let error = await worker.failure("wait 3", organization: organization, name: "\(lane)")
                            if error == nil { made += 1 } else { failed += 1 }
                            #expect((error == nil) == worker.hasOutput("\(lane)"))
                        }
                        return (made, failed)
                    }
                }
                return await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
            }
            await kills
            #expect(answers.0 > 0)
            _ = try await worker.run("ok")
            started = killer.killed
        }
        #expect(started.count == 200)
        #expect(!started.contains(where: Self.isChild))
        // Other tests of the process open some, too; a leak would be hundreds.
        #expect(try Self.descriptorCount() < before + 60)
    }

    private static func descriptorCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    private static func isZombie(_ pid: Int32) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return text.contains(") Z ") || text.isEmpty
    }

    /// Runs yet, or was not waited for.
    private static func isChild(_ pid: Int) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return text.contains("codec-test") && fields.count > 1 && fields[1] == "\(getpid())"
    }
}

/// Kills the pool's processes one after the other, at moments that nobody planned.
private final class Killer: @unchecked Sendable {
    private let pool: CodecPool
    private let count: Int
    private let lock = NSLock()
    private var done = false
    private var pids: [Int] = []

    init(_ pool: CodecPool, count: Int) {
        self.pool = pool
        self.count = count
    }

    var isDone: Bool { lock.withLock { done } }
    /// What it killed, in order.
    var killed: [Int] { lock.withLock { pids } }

    func run() async {
        while killed.count < count {
            if let pid = pool.processIdentifiers.randomElement(), pid != killed.last {
                kill(pid_t(pid), SIGKILL)
                lock.withLock { pids.append(pid) }
            }
            for _ in 0..<Int.random(in: 0..<2000) { await Task.yield() }
        }
        lock.withLock { done = true }
    }
}

private final class Recorded: @unchecked Sendable {
    private let lock = NSLock()
    private var entries: [String] = []
    var all: [String] { lock.withLock { entries } }
    func append(_ entry: String) { lock.withLock { entries.append(entry) } }
}
