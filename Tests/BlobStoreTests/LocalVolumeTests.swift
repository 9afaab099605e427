import Bytes
import Foundation
import Reactor
import TestSupport
import Testing

@testable import BlobStore

@Suite struct LocalVolumeTests {
    private static let key = [UInt8](0..<16)

    private func volume(_ root: String, boot: String = "boot1") throws -> LocalVolume {
        try LocalVolume(root: root, key: Self.key, boot: boot, pool: BlockingPool(threads: 4, name: "disk"))
    }

    private func store(_ bytes: [UInt8], in volume: LocalVolume, instance: String) async throws -> BlobWriter.Stored {
        let writer = volume.write(limit: 10_000_000)
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            let part = Array(bytes[start..<min(bytes.count, start + 100_000)])
            if try writer.append(part.rawSpan) { try await writer.flush() }
        }
        return try await writer.finish(owner: "org", day: "2026/11/23", instance: instance)
    }

    @Test(arguments: [0, 1, 65_536, 1 << 20, 3_500_001])
    func aBlobComesBackByteByByte(count: Int) async throws {
        try await withTemporaryDirectory { root in
            let volume = try volume(root)
            var random = SeededGenerator(seed: 3)
            let bytes = random.bytes(count)
            let stored = try await store(bytes, in: volume, instance: "i1")
            #expect(stored.byteCount == count)
            #expect(stored.key.text.hasPrefix("org/2026/11/23/i1-\(count)-"))
            let file = try await volume.open(stored.key, byteCount: count)
            #expect(try file.bytes(at: 0, count: count) == bytes)
            try await volume.verify(stored.key, byteCount: count, guardCode: stored.guardCode)
            #expect(try FileSystem.list("\(root)/incoming").isEmpty)
        }
    }

    @Test func sameBytesGiveTheSameGuardCodeAndOneChangedBitAnother() async throws {
        try await withTemporaryDirectory { root in
            let volume = try volume(root)
            var bytes = [UInt8](repeating: 7, count: 1000)
            let first = try await store(bytes, in: volume, instance: "a")
            let second = try await store(bytes, in: volume, instance: "b")
            bytes[999] ^= 1
            let third = try await store(bytes, in: volume, instance: "c")
            #expect(first.guardCode == second.guardCode)
            #expect(first.guardCode != third.guardCode)
        }
    }

    @Test func anAlteredFileIsReportedCorruptAndACutOneMissing() async throws {
        try await withTemporaryDirectory { root in
            let volume = try volume(root)
            let stored = try await store([UInt8](repeating: 1, count: 5000), in: volume, instance: "x")
            let path = "\(root)/\(stored.key)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[77] ^= 4
            try bytes.write(to: URL(fileURLWithPath: path))
            await #expect(throws: BlobError.corrupt(stored.key)) {
                try await volume.verify(stored.key, byteCount: 5000, guardCode: stored.guardCode)
            }
            try bytes.prefix(100).write(to: URL(fileURLWithPath: path))
            await #expect(throws: BlobError.missing(stored.key)) {
                _ = try await volume.open(stored.key, byteCount: 5000)
            }
        }
    }

    @Test func anExistingNameIsNeverReplaced() async throws {
        try await withTemporaryDirectory { root in
            let volume = try volume(root)
            let bytes = [UInt8](repeating: 1, count: 10)
            let stored = try await store(bytes, in: volume, instance: "same")
            await #expect(throws: BlobError.self) { _ = try await self.store(bytes, in: volume, instance: "same") }
            let file = try await volume.open(stored.key, byteCount: 10)
            #expect(try file.bytes(at: 0, count: 10) == bytes)
            #expect(try FileSystem.list("\(root)/incoming").isEmpty)
        }
    }

    @Test func anObjectOverTheLimitIsRefusedBeforeItIsKept() async throws {
        try await withTemporaryDirectory { root in
            let writer = try volume(root).write(limit: 100)
            #expect(throws: BlobError.tooLarge(limit: 100)) {
                _ = try writer.append([UInt8](repeating: 0, count: 101).rawSpan)
            }
            await writer.discard()
        }
    }

    @Test func leftoversOfAnEarlierRunAreRemovedAndThoseOfThisRunKept() async throws {
        try await withTemporaryDirectory { root in
            let old = try volume(root, boot: "old").write(limit: 1000)
            _ = try old.append([1, 2, 3].rawSpan)
            try await old.flush()
            let volume = try volume(root, boot: "new")
            let mine = volume.write(limit: 1000)
            _ = try mine.append([1, 2, 3].rawSpan)
            try await mine.flush()
            #expect(try volume.removeLeftovers() == 1)
            #expect(try FileSystem.list("\(root)/incoming") == ["new-0"])
            await mine.discard()
            #expect(try FileSystem.list("\(root)/incoming").isEmpty)
        }
    }

    @Test func manyWritersShareDirectorySyncsAndAllSucceed() async throws {
        try await withTemporaryDirectory { root in
            let volume = try volume(root)
            try await withThrowingTaskGroup(of: BlobKey.self) { group in
                for i in 0..<200 {
                    group.addTask {
                        try await self.store([UInt8](repeating: UInt8(i), count: 100), in: volume, instance: "n\(i)")
                            .key
                    }
                }
                var keys: Set<BlobKey> = []
                for try await key in group { keys.insert(key) }
                #expect(keys.count == 200)
            }
            #expect(try FileSystem.list("\(root)/org/2026/11/23").count == 200)
        }
    }

    @Test(arguments: ["", "/etc/passwd", "a//b", "a/../b", "a/./b", "a b", "a\u{0}b", "ä"])
    func keysThatAreNoPlainPathsAreRefused(text: String) {
        #expect(BlobKey(text) == nil)
    }
}
