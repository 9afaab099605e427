internal import Bytes

/// Goes from marker to marker through a codestream of JPEG (T.81 B.1.1) or JPEG-LS (T.87 C.1).
struct JPEGSegmentReader {
    struct Segment {
        /// Second byte of the marker.
        var marker: UInt8
        /// From the marker's first byte.
        var whole: Range<Int>
        /// After the length.
        var body: Range<Int>
    }

    /// Of the next byte to be looked at.
    private(set) var offset = 0
    /// The lowest second byte that makes a marker of an FF in entropy-coded data: JPEG stuffs a zero byte, JPEG-LS a
    /// zero bit.
    private let markerMin: UInt8

    init(_ family: JPEGHeader.Family) { markerMin = family == .jpeg ? 0x01 : 0x80 }

    mutating func start(_ bytes: RawSpan) throws(CodecError) {
        guard bytes.byteCount >= 4, bytes.byte(at: 0) == 0xFF, bytes.byte(at: 1) == 0xD8 else {
            throw .malformed("the codestream does not begin with SOI")
        }
        offset = 2
    }

    /// The next segment that has a length, or nil behind EOI.
    mutating func next(_ bytes: RawSpan) throws(CodecError) -> Segment? {
        while true {
            guard bytes.byteCount - offset >= 2 else { throw .malformed("the codestream ends before EOI") }
            guard bytes.byte(at: offset) == 0xFF else {
                throw .malformed("no marker where the codestream must have one, at byte \(offset)")
            }
            let marker = bytes.byte(at: offset + 1)
            switch marker {
            case 0xFF: offset += 1  // A fill byte (T.81 B.1.1.2).
            case 0xD9:
                offset += 2
                return nil
            case 0x00, 0x01, 0xD0...0xD8:
                throw .malformed("marker FF\(Hex.encode([marker])) at byte \(offset) is out of place")
            default: return try segment(marker, bytes)
            }
        }
    }

    private mutating func segment(_ marker: UInt8, _ bytes: RawSpan) throws(CodecError) -> Segment {
        let start = offset
        guard bytes.byteCount - start >= 4 else { throw .malformed("the codestream ends inside a marker segment") }
        let length = Int(bytes.u16LE(at: start + 2).byteSwapped)
        guard length >= 2, length <= bytes.byteCount - start - 2 else {
            throw .malformed("the segment FF\(Hex.encode([marker])) of the codestream has the wrong length \(length)")
        }
        offset = start + 2 + length
        return Segment(marker: marker, whole: start..<offset, body: start + 4..<offset)
    }

    /// Past the data of a scan, to the next marker that is no restart marker.
    mutating func skipEntropyCodedData(_ bytes: RawSpan) {
        let start = offset
        let markerMin = markerMin
        offset = unsafe bytes.withUnsafeBytes { raw in
            var at = start
            let last = raw.count - 1
            while at < last {
                if unsafe raw[at] == 0xFF {
                    let next = unsafe raw[at + 1]
                    if next >= markerMin, !(0xD0...0xD7 ~= next) { return at }
                    at += 2
                } else {
                    at += 1
                }
            }
            return raw.count
        }
    }
}
