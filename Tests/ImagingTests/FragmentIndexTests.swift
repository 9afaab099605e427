import DICOM
@testable import Imaging
import TestSupport
import Testing

@Suite struct FragmentIndexTests {
    private static let soi: [UInt8] = [0xFF, 0xD8]

    private static func index(
        _ fragments: [[UInt8]], table: [Int] = [], frames: Int, extended: [Int]? = nil
    ) throws -> FragmentIndex {
        try FragmentIndex(
            .memory(EngineFixture.sequence(fragments, table: table)), from: 0, frameCount: frames, extended: extended)
    }

    /// How many fragments each frame has.
    private static func counts(_ index: FragmentIndex) -> [Int] { index.frames.map(\.count) }

    @Test func theBasicOffsetTableGroupsFragments() throws {
        // Headers of 8 bytes: fragments at 0, 12, 24, 36.
        let fragments = [[UInt8]](repeating: [1, 2, 3, 4], count: 4)
        let index = try Self.index(fragments, table: [0, 24, 36], frames: 3)
        #expect(Self.counts(index) == [2, 1, 1])
        #expect(index.frames[1].first?.offset == 8 + 12 + 24 + 8)
        #expect(index.end == EngineFixture.sequence(fragments, table: [0, 24, 36]).count)
    }

    @Test func withoutATableEachFragmentIsAFrame() throws {
        #expect(Self.counts(try Self.index([[1, 2], [3, 4], [5, 6]], frames: 3)) == [1, 1, 1])
    }

    @Test func theExtendedOffsetTableIsUsedWhereTheBasicOneIsEmpty() throws {
        let fragments = [[UInt8]](repeating: [1, 2], count: 3)
        #expect(Self.counts(try Self.index(fragments, frames: 2, extended: [0, 20])) == [2, 1])
    }

    @Test(arguments: [[0, 11], [0, 0], [4, 10], [0, 1000], [0, 0xFFFF_FFFF], [0, 10, 20]])
    func aWrongTableIsNotBelieved(table: [Int]) throws {
        #expect(Self.counts(try Self.index([[1, 2], [3, 4]], table: table, frames: 2)) == [1, 1])
    }

    @Test func beginningsOfCodestreamsTellSplitFramesApart() throws {
        let fragments = [Self.soi + [1, 2], [3, 4], Self.soi + [5, 6], [7, 8], [9, 10]]
        #expect(Self.counts(try Self.index(fragments, frames: 2)) == [2, 3])
        #expect(Self.counts(try Self.index(fragments, table: [0, 5], frames: 2)) == [2, 3])
        let wavelets: [[UInt8]] = [[0xFF, 0x4F, 1, 2], [0xFF, 0x4F, 3, 4], [5, 6]]
        #expect(Self.counts(try Self.index(wavelets, frames: 2)) == [1, 2])
    }

    @Test func anEmptyFragmentAtTheEndIsNoFrame() throws {
        #expect(Self.counts(try Self.index([[1, 2], [3, 4], []], frames: 2)) == [1, 1])
        #expect(Self.counts(try Self.index([[1, 2], []], frames: 1)) == [1])
    }

    @Test func aSingleFrameHasAllFragments() throws {
        #expect(Self.counts(try Self.index([Self.soi, [3, 4], [5, 6]], frames: 1)) == [3])
    }

    @Test func framesThatTheDataSetDoesNotCountAreNotLost() {
        #expect(throws: TranscodeError.self) { try Self.index([Self.soi, Self.soi], frames: 1) }
        #expect(throws: TranscodeError.self) { try Self.index([[1, 2], [3, 4]], table: [0, 10], frames: 1) }
        #expect(throws: TranscodeError.self) { try Self.index([[1, 2], [3, 4], [5, 6]], frames: 2) }
    }

    @Test func fragmentsWithoutEndAreRefused() {
        let many = [[UInt8]](repeating: [1, 2], count: 1027)
        #expect { try Self.index(many, frames: 1) } throws: {
            $0 as? TranscodeError == .codec(.limit("Pixel Data has more than 1026 fragments"))
        }
        #expect(throws: Never.self) { try Self.index(Array(many.dropLast()), frames: 1) }
    }

    @Test(arguments: [
        EngineFixture.item([1, 2]) + EngineFixture.item([1, 2]),
        EngineFixture.item([]) + [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2],
        EngineFixture.item([]) + [0xFE, 0xFF, 0x00, 0xE0, 100, 0, 0, 0, 1, 2],
        EngineFixture.item([]) + [0x10, 0x00, 0x10, 0x00, 2, 0, 0, 0, 1, 2],
        EngineFixture.item([]) + EngineFixture.item([1, 2]),
        EngineFixture.sequence([]), [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0] + EngineFixture.sequence([[1, 2]]),
        [],
    ])
    func nonsenseIsAnError(bytes: [UInt8]) {
        #expect(throws: TranscodeError.self) {
            try FragmentIndex(.memory(bytes), from: 0, frameCount: 1, extended: nil)
        }
    }

    @Test func damagedSequencesNeverTrapAndStayInside() {
        var generator = SeededGenerator(seed: 11)
        let fragments: [[UInt8]] = [Self.soi + [1, 2], [3, 4], Self.soi + [5, 6], []]
        let whole = EngineFixture.sequence(fragments, table: [0, 22])
        for _ in 0..<2000 {
            var bytes = LibraryCodecFixture.damaged(whole, after: 0, &generator)
            if generator.next() % 4 == 0 { bytes.removeLast(Int(generator.next() % UInt64(bytes.count))) }
            let extended = [0, Int(truncatingIfNeeded: generator.next() >> 1)]
            guard
                let index = try? FragmentIndex(
                    .memory(bytes), from: 0, frameCount: 1 + Int(generator.next() % 3), extended: extended)
            else { continue }
            #expect(index.frames.joined().allSatisfy { $0.offset >= 0 && $0.offset + $0.byteCount <= bytes.count })
            #expect(index.frames.allSatisfy { !$0.isEmpty })
        }
    }
}
