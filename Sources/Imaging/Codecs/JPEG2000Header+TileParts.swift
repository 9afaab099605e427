internal import Bytes

extension JPEG2000Header {
    /// Goes from tile-part to tile-part (SOT, T.800 A.4.2), and returns the offset behind EOC; what follows is padding.
    /// Every tile must have one: OpenJPEG leaves tiles that are missing black, and does not miss EOC.
    ///
    ///     FF90  10  tile: uint16  bytes from FF90 on: uint32, 0 for all up to EOC  part: uint8  parts: uint8
    func endOfTileParts(_ bytes: RawSpan) throws(CodecError) -> Int {
        var isThere = [Bool](repeating: false, count: tileCount)
        var offset = byteCount
        while true {
            guard bytes.byteCount - offset >= 2 else { throw .malformed("the codestream ends before EOC") }
            let marker = Self.u16(bytes, offset)
            if marker == Self.endOfCodestream { break }
            guard marker == Self.startOfTilePart, bytes.byteCount - offset >= Self.tilePartMin,
                Self.u16(bytes, offset + 2) == 10
            else { throw .malformed("no tile-part where the codestream must have one, at byte \(offset)") }
            let tile = Self.u16(bytes, offset + 4)
            guard tile < tileCount else { throw .malformed("the codestream has tile \(tile) of \(tileCount)") }
            isThere[tile] = true
            let length = Self.u32(bytes, offset + 6)
            let left = bytes.byteCount - offset
            guard length == 0 || Self.tilePartMin...left ~= length else {
                throw .malformed("a tile-part of the codestream has \(length) bytes, and \(left) are left")
            }
            offset = try length == 0 ? Self.lastMarker(bytes) : offset + length
        }
        guard let missing = isThere.firstIndex(of: false) else { return offset + 2 }
        throw .malformed("tile \(missing) of \(tileCount) is missing in the codestream")
    }

    private static let startOfTilePart = 0xFF90
    private static let endOfCodestream = 0xFFD9
    /// SOT and SOD.
    private static let tilePartMin = 14

    /// Where EOC is, with nothing but padding behind it.
    private static func lastMarker(_ bytes: RawSpan) throws(CodecError) -> Int {
        for offset in (0..<bytes.byteCount - 1).reversed() {
            if u16(bytes, offset) == endOfCodestream { return offset }
        }
        throw .malformed("the codestream ends before EOC")
    }
}
