internal import Bytes

/// What the marker segments of a JPEG or JPEG-LS codestream say (T.81 B.2, T.87 C.2), read to EOI before a library sees
/// the bytes: nothing in it has been believed yet but that the segments follow each other.
struct JPEGHeader {
    struct Component: Equatable {
        var id: UInt8
        var horizontal: Int
        var vertical: Int
    }

    struct Scan: Equatable {
        var componentIDs: [UInt8]
        /// Ss, Se and Ah/Al of JPEG; NEAR, ILV and the point transform of JPEG-LS.
        var parameters: [UInt8]
    }

    enum Family { case jpeg, jpegLS }

    /// Second byte of the SOF marker: C0 baseline, C1 extended, F7 JPEG-LS.
    private(set) var frameMarker: UInt8 = 0
    private(set) var precision = 0
    private(set) var rows = 0
    private(set) var columns = 0
    private(set) var components: [Component] = []
    private(set) var scans: [Scan] = []
    private(set) var hasJFIF = false
    /// Transform of Adobe's APP14: 0 none, 1 YCbCr.
    private(set) var adobeTransform: UInt8?
    /// Where JFIF's APP0 and Adobe's APP14 stand, markers included.
    private(set) var colorSegments: [Range<Int>] = []
    /// Types of LSE segments (T.87 C.2.4.1).
    private(set) var presetTypes: [UInt8] = []
    /// From SOI through EOI; what follows is padding.
    private(set) var byteCount = 0

    private static let segmentCountMax = 4096
    private static let scanCountMax = 3

    init(_ codestream: RawSpan, _ family: Family) throws(CodecError) {
        var reader = JPEGSegmentReader(family)
        try reader.start(codestream)
        for _ in 0..<Self.segmentCountMax {
            guard let segment = try reader.next(codestream) else {
                byteCount = reader.offset
                guard !scans.isEmpty else { throw .malformed("the codestream has no scan") }
                return
            }
            try take(segment, codestream)
            if segment.marker == 0xDA { reader.skipEntropyCodedData(codestream) }
        }
        throw .limit("the codestream has more than \(Self.segmentCountMax) segments")
    }

    private mutating func take(_ segment: JPEGSegmentReader.Segment, _ bytes: RawSpan) throws(CodecError) {
        let body = bytes.extracting(segment.body)
        switch segment.marker {
        case 0xC4, 0xC8, 0xCC: break
        case 0xC0...0xCF, 0xF7: try takeFrame(segment.marker, body)
        case 0xDA: try takeScan(body)
        case 0xE0 where body.byteCount >= 5 && body.extracting(0..<5).equals("JFIF\0"):
            hasJFIF = true
            colorSegments.append(segment.whole)
        case 0xEE where body.byteCount >= 12 && body.extracting(0..<5).equals("Adobe"):
            adobeTransform = body.byte(at: 11)
            colorSegments.append(segment.whole)
        case 0xF8: if body.byteCount > 0 { presetTypes.append(body.byte(at: 0)) }
        case 0xDC: throw .unsupported("the codestream defines its number of lines after the first scan")
        case 0xDE, 0xDF: throw .unsupported("the codestream is hierarchical")
        default: break
        }
    }

    private mutating func takeFrame(_ marker: UInt8, _ body: RawSpan) throws(CodecError) {
        guard frameMarker == 0 else { throw .malformed("the codestream has a second frame header") }
        guard body.byteCount >= 6, body.byteCount == 6 + 3 * Int(body.byte(at: 5)) else {
            throw .malformed("the frame header of the codestream has a wrong length")
        }
        frameMarker = marker
        precision = Int(body.byte(at: 0))
        rows = Int(body.u16LE(at: 1).byteSwapped)
        columns = Int(body.u16LE(at: 3).byteSwapped)
        for offset in stride(from: 6, to: body.byteCount, by: 3) {
            let factors = Int(body.byte(at: offset + 1))
            components.append(
                Component(id: body.byte(at: offset), horizontal: factors >> 4, vertical: factors & 15))
        }
    }

    private mutating func takeScan(_ body: RawSpan) throws(CodecError) {
        guard frameMarker != 0 else { throw .malformed("the codestream has a scan before its frame header") }
        guard scans.count < Self.scanCountMax else {
            throw .limit("the codestream has more than \(Self.scanCountMax) scans")
        }
        guard body.byteCount >= 4, body.byteCount == 4 + 2 * Int(body.byte(at: 0)) else {
            throw .malformed("a scan header of the codestream has a wrong length")
        }
        let count = Int(body.byte(at: 0))
        let ids = (0..<count).map { body.byte(at: 1 + 2 * $0) }
        scans.append(Scan(componentIDs: ids, parameters: (0..<3).map { body.byte(at: 1 + 2 * count + $0) }))
    }

    /// Every component must stand in exactly one scan; a library would leave grey what is missing.
    func checkScansCoverComponents() throws(CodecError) {
        let ids = scans.flatMap(\.componentIDs)
        guard ids.count == components.count, Set(ids) == Set(components.map(\.id)), Set(ids).count == ids.count else {
            throw .malformed("the scans of the codestream do not hold each component once")
        }
    }
}
