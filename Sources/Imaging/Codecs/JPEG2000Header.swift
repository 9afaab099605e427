internal import Bytes

/// What the main header of a JPEG 2000 codestream says of the image (SIZ, T.800 A.5.1) and whether its first tile uses
/// the component transform (COD, T.800 A.6.1), read before the library sees the bytes.
struct JPEG2000Header {
    private(set) var columns = 0
    private(set) var rows = 0
    private(set) var componentCount = 0
    private(set) var precision = 0
    private(set) var isSigned = false
    private(set) var usesColorTransform = false
    private(set) var tileCount = 0
    /// Where the main header ends.
    private(set) var byteCount = 0

    /// OpenJPEG takes about 10 KB for each tile that the header promises, before it has seen one.
    private static let tileCountMax = 4096
    private static let segmentCountMax = 4096

    init(_ codestream: RawSpan) throws(CodecError) {
        let bytes = codestream
        if bytes.byteCount >= 12, bytes.extracting(4..<8).equals("jP  ") {
            throw .unsupported("the fragment holds a JP2 file, not a codestream")
        }
        guard bytes.byteCount >= 4, Self.u16(bytes, 0) == 0xFF4F, Self.u16(bytes, 2) == 0xFF51 else {
            throw .malformed("the codestream does not begin with SOC and SIZ")
        }
        var offset = 2
        for _ in 0..<Self.segmentCountMax {
            guard bytes.byteCount - offset >= 4 else { throw .malformed("the codestream ends inside its main header") }
            let marker = Self.u16(bytes, offset)
            if marker == 0xFF90 {
                byteCount = offset
                return
            }
            let length = Self.u16(bytes, offset + 2)
            guard marker >= 0xFF4F, length >= 2, length <= bytes.byteCount - offset - 2 else {
                throw .malformed("no marker segment where the codestream must have one, at byte \(offset)")
            }
            let body = bytes.extracting(offset + 4..<offset + 2 + length)
            switch marker {
            case 0xFF51: try takeSize(body)
            case 0xFF52: try takeCodingStyle(body)
            default: break
            }
            offset += 2 + length
        }
        throw .limit("the codestream has more than \(Self.segmentCountMax) segments in its main header")
    }

    private mutating func takeSize(_ body: RawSpan) throws(CodecError) {
        guard componentCount == 0 else { throw .malformed("the codestream has a second SIZ") }
        guard body.byteCount >= 39, body.byteCount == 36 + 3 * Self.u16(body, 34) else {
            throw .malformed("SIZ of the codestream has a wrong length")
        }
        let (right, bottom) = (Self.u32(body, 2), Self.u32(body, 6))
        let (left, top) = (Self.u32(body, 10), Self.u32(body, 14))
        let (tileColumns, tileRows) = (Self.u32(body, 18), Self.u32(body, 22))
        let (tileLeft, tileTop) = (Self.u32(body, 26), Self.u32(body, 30))
        guard right > left, bottom > top, right <= Int(Int32.max), bottom <= Int(Int32.max) else {
            throw .malformed("the codestream has no image area")
        }
        guard tileColumns > 0, tileRows > 0, tileLeft <= left, tileTop <= top, tileLeft + tileColumns > left,
            tileTop + tileRows > top
        else { throw .malformed("the first tile of the codestream lies outside its image") }
        let across = (right - tileLeft + tileColumns - 1) / tileColumns
        let down = (bottom - tileTop + tileRows - 1) / tileRows
        guard across <= Self.tileCountMax, down <= Self.tileCountMax, across * down <= Self.tileCountMax else {
            throw .limit("the codestream has more than \(Self.tileCountMax) tiles")
        }
        tileCount = across * down
        columns = right - left
        rows = bottom - top
        try takeComponents(body)
    }

    private mutating func takeComponents(_ body: RawSpan) throws(CodecError) {
        componentCount = Self.u16(body, 34)
        let first = body.byte(at: 36)
        precision = Int(first & 0x7F) + 1
        isSigned = first & 0x80 != 0
        for offset in stride(from: 36, to: body.byteCount, by: 3) {
            guard body.byte(at: offset) == first else {
                throw .unsupported("the components of the codestream have different precisions")
            }
            guard body.byte(at: offset + 1) == 1, body.byte(at: offset + 2) == 1 else {
                throw .unsupported("the codestream has subsampled components")
            }
        }
    }

    private mutating func takeCodingStyle(_ body: RawSpan) throws(CodecError) {
        guard body.byteCount >= 10 else { throw .malformed("COD of the codestream has a wrong length") }
        usesColorTransform = body.byte(at: 4) == 1
    }

    static func u16(_ bytes: RawSpan, _ offset: Int) -> Int { Int(bytes.u16LE(at: offset).byteSwapped) }
    static func u32(_ bytes: RawSpan, _ offset: Int) -> Int { Int(bytes.u32LE(at: offset).byteSwapped) }
}
