internal import Bytes
internal import DICOM

/// Where the fragments of encapsulated Pixel Data lie, and which of them make which frame (PS3.5 A.4). No pixel is in
/// memory.
///
///     FFFE,E000  length  Basic Offset Table: empty, or one uint32 a frame, from the first byte behind the table
///     FFFE,E000  length  fragment ...
///     FFFE,E0DD  0       end
struct FragmentIndex: Sendable {
    /// A fragment's value in the data set.
    struct Fragment: Equatable, Sendable {
        /// Of the item's header, as offset tables count: from the first fragment's header.
        let tableOffset: Int
        let offset: Int
        let byteCount: Int
    }

    /// For each frame, its fragments in order.
    let frames: [ArraySlice<Fragment>]
    /// The first byte behind the sequence.
    let end: Int

    /// - Parameters:
    ///   - start: of the Basic Offset Table's item header.
    ///   - frameCount: as the data set says.
    ///   - extended: offsets of the Extended Offset Table, if there is one.
    init(
        _ bytes: PixelBytes, from start: Int, frameCount: Int, extended: [Int]?
    ) throws(TranscodeError) {
        var walk = Walk(bytes, at: start, fragmentsMax: 2 * frameCount + 1024)
        let table = try walk.offsetTable(entriesMax: FragmentIndex.tableEntriesMax)
        var fragments = try walk.fragments()
        end = walk.position
        // Field reality: an empty fragment at the end (dcm4che issue 1598).
        while fragments.count > 1, fragments.last?.byteCount == 0 { fragments.removeLast() }
        guard !fragments.isEmpty else { throw .codec(.malformed("Pixel Data has no fragment")) }
        if frameCount == 1 {
            try Self.checkSingleFrame(fragments, table, walk)
            frames = [fragments[...]]
            return
        }
        var grouped = Self.group(fragments, at: table, frameCount)
        grouped = grouped ?? Self.group(fragments, at: extended ?? [], frameCount)
        grouped = grouped ?? Self.oneEach(fragments, frameCount)
        if grouped == nil { grouped = Self.group(fragments, at: try walk.starts(of: fragments), frameCount) }
        guard let grouped else {
            throw .codec(
                .malformed(
                    "\(fragments.count) fragments cannot be told apart into \(frameCount) frames: "
                        + "there is no usable offset table"))
        }
        frames = grouped
    }

    /// An object without Number of Frames may hold more of them all the same: they would be lost.
    private static func checkSingleFrame(
        _ fragments: [Fragment], _ table: [Int], _ walk: Walk
    ) throws(TranscodeError) {
        guard fragments.count > 1 else { return }
        let begun = try walk.starts(of: fragments).count
        guard begun <= 1, table.count <= 1 || group(fragments, at: table, table.count) == nil else {
            throw .codec(.mismatch("Pixel Data holds \(max(begun, table.count)) frames, the data set says 1"))
        }
    }

    private static let tableEntriesMax = PixelDescription.frameCountMax

    /// By the offsets of the frames; nil when these are no offsets of fragments.
    private static func group(
        _ fragments: [Fragment], at offsets: [Int], _ frameCount: Int
    ) -> [ArraySlice<Fragment>]? {
        guard offsets.count == frameCount, offsets.first == 0 else { return nil }
        var frames: [ArraySlice<Fragment>] = []
        var place = 0
        for (frame, offset) in offsets.enumerated() {
            guard place < fragments.count, fragments[place].tableOffset == offset else { return nil }
            let begin = place
            let next = frame + 1 < offsets.count ? offsets[frame + 1] : Int.max
            guard next > offset else { return nil }
            while place < fragments.count, fragments[place].tableOffset < next { place += 1 }
            frames.append(fragments[begin..<place])
        }
        return place == fragments.count ? frames : nil
    }

    private static func oneEach(_ fragments: [Fragment], _ frameCount: Int) -> [ArraySlice<Fragment>]? {
        guard fragments.count == frameCount else { return nil }
        return fragments.indices.map { fragments[$0...$0] }
    }

    /// Goes from item to item.
    private struct Walk {
        private let bytes: PixelBytes
        private let fragmentsMax: Int
        private let header = IOBuffer(capacity: 8)
        private(set) var position: Int

        init(_ bytes: PixelBytes, at start: Int, fragmentsMax: Int) {
            self.bytes = bytes
            position = start
            self.fragmentsMax = fragmentsMax
        }

        /// The next item's length, nil at the end of the sequence.
        private mutating func item() throws(TranscodeError) -> Int? {
            header.clear()
            try bytes.read(8, at: position, into: header)
            let header = header
            let span = header.readable
            let tag = Tag(span.u16LE(at: 0), span.u16LE(at: 2))
            let length = Int(span.u32LE(at: 4))
            position += 8
            if tag == .sequenceDelimitation { return nil }
            guard tag == .item, length != 0xFFFF_FFFF, length <= bytes.byteCount - position else {
                throw .codec(.malformed("Pixel Data: no fragment of defined length at byte \(position - 8)"))
            }
            return length
        }

        mutating func offsetTable(entriesMax: Int) throws(TranscodeError) -> [Int] {
            guard let length = try item() else {
                throw .codec(.malformed("Pixel Data has no Basic Offset Table, not even an empty one"))
            }
            guard length % 4 == 0, length / 4 <= entriesMax else {
                throw .codec(.malformed("the Basic Offset Table has \(length) bytes"))
            }
            let table = IOBuffer(capacity: max(length, 1))
            try bytes.read(length, at: position, into: table)
            position += length
            let span = table.readable
            return (0..<(length / 4)).map { Int(span.u32LE(at: 4 * $0)) }
        }

        mutating func fragments() throws(TranscodeError) -> [Fragment] {
            let first = position
            var fragments: [Fragment] = []
            while let length = try item() {
                guard fragments.count < fragmentsMax else {
                    throw .codec(.limit("Pixel Data has more than \(fragmentsMax) fragments"))
                }
                fragments.append(Fragment(tableOffset: position - 8 - first, offset: position, byteCount: length))
                position += length
            }
            return fragments
        }

        /// Table offsets of the fragments in which a codestream begins: SOI of JPEG and JPEG-LS, SOC of JPEG 2000.
        func starts(of fragments: [Fragment]) throws(TranscodeError) -> [Int] {
            var starts: [Int] = []
            for fragment in fragments where fragment.byteCount >= 2 {
                header.clear()
                try bytes.read(2, at: fragment.offset, into: header)
                let header = header
                let marker = header.readable.u16LE(at: 0)
                if marker == 0xD8FF || marker == 0x4FFF { starts.append(fragment.tableOffset) }
            }
            return starts
        }
    }
}
