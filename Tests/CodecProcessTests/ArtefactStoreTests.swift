import DICOM
import Foundation
import Imaging
import Reactor
import TestSupport
import Testing

@testable import CodecProcess

@Suite struct ArtefactStoreTests {
    private static let pool = BlockingPool(threads: 2, name: "artefacts")

    private func key(_ source: String, _ parameters: CodecParameters = .rle) -> ArtefactKey {
        ArtefactKey(organization: "o", source: source, TranscodeRecipe(parameters))
    }

    private static func report() throws -> TranscodeReport {
        let uid = try #require(UID("1.2.3"))
        return TranscodeReport(
            sourceSOPInstanceUID: uid, sopInstanceUID: uid, from: .explicitVRLittleEndian, to: .rleLossless,
            codec: "test", parameters: "lossless", isLossy: false, frameCount: 1, nativeByteCount: 1,
            encodedByteCount: 1, quality: nil)
    }

    /// Has the store make a file of so many bytes.
    private func make(_ store: ArtefactStore, _ source: String, _ byteCount: Int) async throws -> Artefact {
        let report = try Self.report()
        return try await store.artefact(key(source)) { path throws(CodecPoolError) in
            #expect(FileManager.default.createFile(atPath: path, contents: Data(count: byteCount)))
            return report
        }
    }

    /// Whether the store still has it.
    private func has(_ store: ArtefactStore, _ source: String) async -> Bool {
        do {
            _ = try await store.artefact(key(source)) { _ throws(CodecPoolError) in throw .unavailable("missing") }
            return true
        } catch {
            return false
        }
    }

    /// Waits until the removals that were submitted before are done, on a pool of one thread.
    private func settle(_ pool: BlockingPool) async { await pool.run {} }

    private func withStore(
        budget: Int = 100, _ body: (ArtefactStore, String, BlockingPool) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let pool = BlockingPool(threads: 1, name: "artefacts")
            let store = try ArtefactStore(root: root, budgetByteCount: budget, pool: pool)
            try await body(store, root, pool)
            store.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [".lock"])
        }
    }

    @Test func whatWasMadeIsFoundAgain() async throws {
        try await withStore { store, _, _ in
            let path: String
            do {
                let artefact = try await make(store, "1", 10)
                #expect(artefact.byteCount == 10)
                #expect(try Data(contentsOf: URL(fileURLWithPath: artefact.path)).count == 10)
                path = artefact.path
            }
            #expect(await has(store, "1"))
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(store.usedByteCount == 10)
        }
    }

    @Test func otherOrganizationsAndRecipesAreOtherArtefacts() {
        let recipe = TranscodeRecipe(.rle)
        let keys = [
            ArtefactKey(organization: "a", source: "b", recipe), ArtefactKey(organization: "ab", source: "", recipe),
            ArtefactKey(organization: "a\",\"b", source: "", recipe),
            ArtefactKey(organization: "a", source: "b", TranscodeRecipe(.native)),
        ]
        #expect(Set(keys).count == 4 && Set(keys.map(\.fileName)).count == 4)
        #expect(keys.allSatisfy { $0.fileName.allSatisfy(\.isHexDigit) })
    }

    @Test func whatIsAskedForTwiceAtATimeIsMadeOnce() async throws {
        try await withStore { store, _, _ in
            let report = try Self.report()
            let count = Counter()
            let paths = try await withThrowingTaskGroup(of: Artefact.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await store.artefact(key("1")) { path throws(CodecPoolError) in
                            count.increase()
                            for _ in 0..<50 { await Task.yield() }
                            _ = FileManager.default.createFile(atPath: path, contents: Data(count: 60))
                            return report
                        }
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1.path) }
            }
            #expect(count.value == 1 && paths.count == 1)
            #expect(store.usedByteCount == 60 && store.hasRoom)
        }
    }

    @Test func anErrorIsTheErrorOfAllWhoWaitedAndTheNextTriesAgain() async throws {
        try await withStore { store, root, pool in
            let count = Counter()
            let errors = await withTaskGroup(of: CodecPoolError?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            _ = try await store.artefact(key("1")) { path throws(CodecPoolError) in
                                count.increase()
                                _ = FileManager.default.createFile(atPath: path, contents: Data(count: 60))
                                while count.value < 1 { await Task.yield() }
                                for _ in 0..<200 { await Task.yield() }
                                throw .crashed("so")
                            }
                            return nil
                        } catch {
                            return error as? CodecPoolError
                        }
                    }
                }
                return await group.reduce(into: [CodecPoolError?]()) { $0.append($1) }
            }
            #expect(errors.allSatisfy { $0 == .crashed("so") })
            #expect(count.value < 20)
            _ = try await make(store, "1", 5)
            await settle(pool)
            #expect(store.usedByteCount == 5)
            #expect(try Self.files(root).filter { $0.hasSuffix(".part") } == [])
        }
    }

    @Test func theLongestUnusedMakesRoom() async throws {
        try await withStore { store, root, pool in
            for source in ["1", "2", "3"] { _ = try await make(store, source, 30) }
            #expect(await has(store, "1"))
            _ = try await make(store, "4", 30)
            #expect(store.usedByteCount == 90)
            for (source, isThere) in [("1", true), ("2", false), ("3", true), ("4", true)] {
                #expect(await has(store, source) == isThere)
            }
            await settle(pool)
            #expect(try Self.files(root).count == 3)
        }
    }

    @Test func whatIsHeldStaysAndTheBudgetGivesWay() async throws {
        try await withStore { store, _, _ in
            var held = [try await make(store, "1", 60)]
            #expect(store.hasRoom)
            held.append(try await make(store, "2", 60))
            #expect(store.usedByteCount == 120 && !store.hasRoom)
            held.append(try await make(store, "3", 60))
            #expect(held.allSatisfy { FileManager.default.fileExists(atPath: $0.path) })
            held.removeAll()
            #expect(store.usedByteCount == 60 && store.hasRoom)
        }
    }

    @Test func aForgottenArtefactGoesWhenItIsLetGo() async throws {
        try await withStore { store, _, pool in
            var held: Artefact? = try await make(store, "1", 10)
            let path = try #require(held?.path)
            store.forget(key("1"))
            await settle(pool)
            #expect(FileManager.default.fileExists(atPath: path))
            // Made anew meanwhile, in a file of its own.
            let again = try await make(store, "1", 20)
            #expect(again.path != path && store.usedByteCount == 30)
            held = nil
            await settle(pool)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(FileManager.default.fileExists(atPath: again.path) && store.usedByteCount == 20)
            store.forget(key("none"))
        }
    }

    @Test func aMakerThatMadeNothingIsAnError() async throws {
        try await withStore { store, _, _ in
            let report = try Self.report()
            await #expect(throws: CodecPoolError.self) {
                _ = try await store.artefact(key("1")) { _ throws(CodecPoolError) in report }
            }
            #expect(store.usedByteCount == 0)
        }
    }

    @Test func leftoversOfEndedProcessesGoAndThoseOfLivingOnesStay() async throws {
        try await withTemporaryDirectory { root in
            let dead = root + "/018f3e2a-7b1c-7d3e-9a4b-0123456789ab"
            try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: true)
            for name in [".lock", "abc-1", "abc-2.part"] {
                #expect(FileManager.default.createFile(atPath: "\(dead)/\(name)", contents: Data(count: 3)))
            }
            try FileManager.default.createDirectory(atPath: root + "/mine", withIntermediateDirectories: true)
            let living = try ArtefactStore(root: root, budgetByteCount: 100, pool: Self.pool)
            #expect(!FileManager.default.fileExists(atPath: dead))
            #expect(FileManager.default.fileExists(atPath: root + "/mine"))
            let held = try await make(living, "1", 10)
            let other = try ArtefactStore(root: root, budgetByteCount: 100, pool: Self.pool)
            #expect(FileManager.default.fileExists(atPath: held.path))
            other.close()
            living.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: root).sorted() == [".lock", "mine"])
        }
    }

    /// Files in the directories below the root, without locks.
    private static func files(_ root: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root)
            .filter { $0.contains("/") && !$0.hasSuffix(".lock") }
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    var value: Int { lock.withLock { count } }
    func increase() { lock.withLock { count += 1 } }
}
