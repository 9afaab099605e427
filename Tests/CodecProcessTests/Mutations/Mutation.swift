import DICOM
import TestSupport

/// Damages an object in one or two places: in its codestreams, in the elements that describe them, in the items around
/// them, or anywhere. Equal seeds give equal damage.
struct Mutation {
    private var random: SeededGenerator
    private var sample: HostileSample
    /// What was done, in words.
    private(set) var words: [String] = []
    /// Applied to the bytes of the file at the end.
    private var change: ([UInt8]) -> [UInt8] = { $0 }

    init(_ sample: HostileSample, seed: UInt64) {
        self.sample = sample
        random = SeededGenerator(seed: seed)
    }

    mutating func file() throws -> [UInt8] {
        for _ in 0...number(1) {
            switch number(19) {
            case 0...10: damageCodestream()
            case 11...15: damageElements()
            case 16...18: try damageItems()
            default: damageFile()
            }
        }
        return change(try sample.file())
    }

    /// 0 to `most`.
    private mutating func number(_ most: Int) -> Int { Int(random.next() % UInt64(max(0, most) + 1)) }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[number(choices.count - 1)] }

    // MARK: Codestreams

    private mutating func damageCodestream() {
        let index = number(sample.fragments.count - 1)
        var bytes = sample.fragments[index]
        guard !bytes.isEmpty else { return }
        // Half of the time in what is likely to be a header.
        let at = number(number(1) == 0 ? min(400, bytes.count - 1) : bytes.count - 1)
        let what = damage(&bytes, at: at)
        words.append("fragment \(index) \(what) at \(at)")
        sample.fragments[index] = bytes
    }

    private static let markers: [UInt8] = [
        0x00, 0x4F, 0x51, 0x52, 0x53, 0x5C, 0x90, 0x93, 0xC0, 0xC3, 0xC4, 0xD0, 0xD3, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB,
        0xDC, 0xDD, 0xEE, 0xF7, 0xF8, 0xFE, 0xFF,
    ]

    private mutating func damage(_ bytes: inout [UInt8], at place: Int) -> String {
        let left = bytes.count - place
        switch number(10) {
        case 0, 1:
            bytes[place] ^= 1 << UInt8(number(7))
            return "bit flipped"
        case 2:
            bytes[place] = pick([0, 0xFF])
            return "set to \(bytes[place])"
        case 3:
            bytes[place] = UInt8(number(255))
            return "set to \(bytes[place])"
        case 4:
            let count = min(left, 1 + number(15))
            bytes.removeSubrange(place..<(place + count))
            return "\(count) removed"
        case 5:
            let count = min(left, 1 + number(31))
            bytes.insert(contentsOf: bytes[place..<(place + count)], at: place)
            return "\(count) doubled"
        case 6:
            bytes.removeSubrange(place...)
            return "cut"
        case 7:
            let marker = pick(Self.markers)
            bytes.insert(contentsOf: [0xFF, marker], at: place)
            return "marker \(marker) inserted"
        case 8:
            let count = min(left, 1 + number(63))
            bytes.replaceSubrange(place..<(place + count), with: repeatElement(pick([0, 0xFF]), count: count))
            return "\(count) wiped"
        default:
            return damageNumber(&bytes, at: place)
        }
    }

    /// As numbers of 16 bits in headers are changed.
    private mutating func damageNumber(_ bytes: inout [UInt8], at place: Int) -> String {
        guard place + 1 < bytes.count else { return "nothing" }
        let old = Int(bytes[place]) << 8 | Int(bytes[place + 1])
        let value = pick([0, 1, 0x7FFF, 0x8000, 0xFFFF, old + 1, old - 1, old * 2, old / 2])
        bytes[place] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[place + 1] = UInt8(truncatingIfNeeded: value)
        return "number \(old) made \(value)"
    }

    // MARK: Elements

    private static let numbers: [Tag] = [
        .rows, .columns, .samplesPerPixel, .bitsAllocated, .bitsStored, .highBit, .pixelRepresentation,
        .planarConfiguration,
    ]

    private mutating func damageElements() {
        switch number(9) {
        case 0:
            let text = pick(["0", "-1", "1", "2", "3", "99", "100000", "100001", "4294967297", "1e3", " ", "x", "1\\2"])
            sample.dataSet.set(.numberOfFrames, text)
            words.append("Number of Frames \(text)")
        case 1:
            let text = pick(["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_RCT", "PALETTE COLOR", "ARGB", ""])
            sample.dataSet.set(.photometricInterpretation, text)
            words.append("Photometric Interpretation \(text)")
        case 2:
            let (tag, vr) = (pick(Self.numbers), pick([VR.UL, .SS, .DS, .UN]))
            let bytes = pick([[], [1], [0, 0, 1, 0], [0xFF, 0xFF, 0xFF, 0xFF], [UInt8](repeating: 0x31, count: 16)])
            sample.dataSet.set(.init(tag, vr, .bytes(bytes)))
            words.append("\(tag) as \(vr) \(bytes)")
        case 3:
            let tag = pick(Self.numbers)
            sample.dataSet.remove(tag)
            words.append("no \(tag)")
        case 4:
            sample.dataSet.set(.init(.extendedOffsetTable, .OV, .bytes(random.bytes(8 * number(3)))))
            words.append("an Extended Offset Table")
        default:
            let tag = pick(Self.numbers)
            let old = sample.dataSet.int(tag) ?? 0
            let value = pick([0, 1, 2, 3, 7, 8, 12, 16, 32, 0x7FFF, 0xFFFF, old + 1, old - 1, old * 2, old / 2])
            sample.dataSet.set(tag, UInt16(truncatingIfNeeded: value))
            words.append("\(tag) \(value)")
        }
    }

    // MARK: Items

    private mutating func damageItems() throws {
        let index = number(sample.fragments.count - 1)
        let fragment = sample.fragments[index]
        switch number(8) {
        case 0:
            sample.table = (0..<number(4)).map { _ in UInt32(truncatingIfNeeded: number(1 << 33)) }
            words.append("offsets \(sample.table)")
        case 1:
            let entry = number(max(0, sample.table.count - 1))
            let value = UInt32(pick([0, 1, 8, 0x7FFF_FFFF, 0xFFFF_FFFF, fragment.count]))
            if sample.table.isEmpty { sample.table = [value] } else { sample.table[entry] = value }
            words.append("offset \(entry) made \(value)")
        case 2:
            sample.table = []
            words.append("no offsets")
        case 3:
            let half = number(fragment.count)
            sample.fragments.replaceSubrange(index...index, with: [Array(fragment[..<half]), Array(fragment[half...])])
            words.append("fragment \(index) in two at \(half)")
        case 4:
            sample.fragments.remove(at: index)
            words.append("no fragment \(index)")
            if sample.fragments.isEmpty { sample.fragments = [[]] }
        case 5:
            sample.fragments.insert(pick([[], fragment, [0, 0], [0xFF, 0xD8]]), at: index)
            words.append("one more fragment before \(index)")
        case 6:
            sample.fragments.swapAt(index, number(sample.fragments.count - 1))
            words.append("fragment \(index) elsewhere")
        default: try damageItemLength(before: index)
        }
    }

    private mutating func damageItemLength(before index: Int) throws {
        let lengths = sample.fragments[..<index].map { 8 + $0.count + $0.count & 1 }
        let at = try sample.sequenceOffset() + 8 + 4 * sample.table.count + lengths.reduce(0, +) + 4
        let bytes = pick([[0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0xFF, 0x7F], random.bytes(1)])
        change = { file in
            var file = file
            for (offset, byte) in bytes.enumerated() where at + offset < file.count { file[at + offset] = byte }
            return file
        }
        words.append("length of fragment \(index) \(bytes)")
    }

    // MARK: Anywhere

    private mutating func damageFile() {
        let (place, seed) = (random.next(), random.next())
        words.append("anywhere by \(place) \(seed)")
        let base = self
        change = { file in
            var (file, other) = (file, base)
            other.random = SeededGenerator(seed: seed)
            // The preamble means nothing.
            _ = other.damage(&file, at: 128 + Int(place % UInt64(file.count - 128)))
            return file
        }
    }
}
