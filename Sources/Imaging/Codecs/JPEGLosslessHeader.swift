internal import Bytes

/// The segments before the first scan of a JPEG Lossless codestream, and between its scans (T.81 B.2).
struct JPEGLosslessHeader {
    /// The frame header SOF3.
    struct Frame: Equatable {
        /// Bits of a sample, 2...16.
        var precision: Int
        var rows: Int
        var columns: Int
        /// Component identifiers in the order of the frame.
        var components: [UInt8]
    }

    /// A scan header SOS.
    struct Scan: Equatable {
        struct Component: Equatable {
            /// Position among the components of the frame.
            var index: Int
            /// Number of its Huffman table.
            var table: Int
        }

        var components: [Component]
        /// Selection value, 1...7.
        var predictor: Int
        /// How many low bits are left out.
        var pointTransform: Int
    }

    private(set) var frame: Frame?
    private(set) var codes: [HuffmanCode?] = Array(repeating: nil, count: 4)
    /// Pixels between restart markers; 0 without.
    private(set) var restartInterval = 0
    /// EOI was read.
    private(set) var hasEnded = false

    /// Reads segments from `offset` on up to the end of the next scan header.
    ///
    /// - Returns: the scan header, `offset` then standing behind it; nil when the image or the input has ended.
    mutating func readScan(_ bytes: RawSpan, at offset: inout Int) throws(CodecError) -> Scan? {
        while let marker = try Self.marker(bytes, at: &offset) {
            switch marker {
            case JPEGMarker.startOfImage, 0x01, 0xD0...0xD7: continue
            case JPEGMarker.endOfImage:
                hasEnded = true
                return nil
            default: break
            }
            guard bytes.byteCount - offset >= 2 else { throw Self.cut }
            let length = Int(Self.u16(bytes, offset))
            guard length >= 2, length <= bytes.byteCount - offset else { throw Self.cut }
            let body = bytes.extracting((offset + 2)..<(offset + length))
            offset += length
            switch marker {
            case JPEGMarker.startOfScan: return try scan(body)
            case JPEGMarker.startOfFrameLossless: try readFrame(body)
            case JPEGMarker.huffmanTables: try readCodes(body)
            case JPEGMarker.restartInterval:
                guard body.byteCount == 2 else { throw .malformed("the JPEG restart interval is no number") }
                restartInterval = Int(Self.u16(body, 0))
            case 0xC0...0xCF, JPEGMarker.numberOfLines, 0xDE, 0xDF:
                throw .unsupported("the JPEG segment \(marker) is not one of process 14")
            default: break
            }
        }
        return nil
    }

    private static let cut = CodecError.malformed("the JPEG codestream ends within a segment")

    /// The next marker; nil at the end of the input. The first one must begin the image.
    private static func marker(_ bytes: RawSpan, at offset: inout Int) throws(CodecError) -> UInt8? {
        let isFirst = offset == 0
        guard offset < bytes.byteCount else {
            guard isFirst else { return nil }
            throw cut
        }
        guard bytes.byte(at: offset) == 0xFF else { throw .malformed("no JPEG marker at byte \(offset)") }
        while offset < bytes.byteCount, bytes.byte(at: offset) == 0xFF { offset += 1 }
        guard offset < bytes.byteCount else { return nil }
        let marker = bytes.byte(at: offset)
        offset += 1
        guard marker != 0, isFirst == (marker == JPEGMarker.startOfImage) else {
            throw .malformed("the JPEG marker \(marker) at byte \(offset - 1) has no place there")
        }
        return marker
    }

    private mutating func readFrame(_ body: RawSpan) throws(CodecError) {
        guard frame == nil else { throw .malformed("two JPEG frame headers") }
        guard body.byteCount >= 6 else { throw Self.cut }
        let count = Int(body.byte(at: 5))
        guard count > 0, body.byteCount == 6 + 3 * count else {
            throw .malformed("the JPEG frame header has not the length for \(count) components")
        }
        let precision = Int(body.byte(at: 0))
        guard 2...16 ~= precision else { throw .malformed("a JPEG Lossless precision of \(precision) bits") }
        let (rows, columns) = (Int(Self.u16(body, 1)), Int(Self.u16(body, 3)))
        guard columns > 0 else { throw .malformed("a JPEG image without columns") }
        guard rows > 0 else { throw .unsupported("a JPEG image whose number of lines follows it") }
        var components: [UInt8] = []
        for component in 0..<count {
            let identifier = body.byte(at: 6 + 3 * component)
            guard !components.contains(identifier) else { throw .malformed("two JPEG components \(identifier)") }
            // With one component the factors mean nothing (T.81 A.2.2).
            guard count == 1 || body.byte(at: 7 + 3 * component) == 0x11 else {
                throw .unsupported("JPEG Lossless with subsampled components")
            }
            // It names a table that this process does not have, but not one that no JPEG has (T.81 B.2.2).
            guard body.byte(at: 8 + 3 * component) < 4 else {
                throw .malformed("a JPEG component with quantization table \(body.byte(at: 8 + 3 * component))")
            }
            components.append(identifier)
        }
        frame = Frame(precision: precision, rows: rows, columns: columns, components: components)
    }

    private mutating func readCodes(_ body: RawSpan) throws(CodecError) {
        var offset = 0
        while offset < body.byteCount {
            guard body.byteCount - offset >= 17 else { throw Self.cut }
            let selector = Int(body.byte(at: offset))
            let counts = (1...16).map { Int(body.byte(at: offset + $0)) }
            let symbolCount = counts.reduce(0, +)
            offset += 17
            guard symbolCount <= body.byteCount - offset else { throw Self.cut }
            let symbols = body.extracting(offset..<(offset + symbolCount)).array()
            offset += symbolCount
            // Tables of class 1 are for the AC coefficients of other processes.
            guard selector <= 0x13, selector & 0x0F < 4 else { throw .malformed("a JPEG Huffman table \(selector)") }
            guard selector < 4 else { continue }
            guard let code = HuffmanCode(lengthCounts: counts, symbols: symbols), !symbols.isEmpty else {
                throw .malformed("the JPEG Huffman table \(selector) is no code")
            }
            codes[selector] = code
        }
    }

    private func scan(_ body: RawSpan) throws(CodecError) -> Scan {
        guard let frame else { throw .malformed("a JPEG scan before the frame header") }
        guard body.byteCount >= 1 else { throw Self.cut }
        let count = Int(body.byte(at: 0))
        guard 1...4 ~= count, count <= frame.components.count, body.byteCount == 4 + 2 * count else {
            throw .malformed("the JPEG scan header has not the length for \(count) components")
        }
        var components: [Scan.Component] = []
        for component in 0..<count {
            let index = frame.components.firstIndex(of: body.byte(at: 1 + 2 * component))
            guard let index, components.allSatisfy({ $0.index < index }) else {
                throw .malformed("the components of a JPEG scan are not those of the frame in order")
            }
            let table = Int(body.byte(at: 2 + 2 * component) >> 4)
            guard table < 4 else { throw .malformed("a JPEG scan with Huffman table \(table)") }
            components.append(Scan.Component(index: index, table: table))
        }
        let predictor = Int(body.byte(at: 1 + 2 * count))
        guard 1...7 ~= predictor else { throw .unsupported("the JPEG Lossless predictor \(predictor)") }
        let pointTransform = Int(body.byte(at: 3 + 2 * count) & 0x0F)
        guard pointTransform < frame.precision else { throw .malformed("a point transform of \(pointTransform) bits") }
        return Scan(components: components, predictor: predictor, pointTransform: pointTransform)
    }

    /// A big-endian number whose place was checked.
    private static func u16(_ bytes: RawSpan, _ offset: Int) -> UInt16 {
        UInt16(bytes.byte(at: offset)) << 8 | UInt16(bytes.byte(at: offset + 1))
    }
}

/// Second bytes of JPEG markers (T.81 table B.1).
enum JPEGMarker {
    static let startOfFrameLossless: UInt8 = 0xC3
    static let huffmanTables: UInt8 = 0xC4
    static let restart0: UInt8 = 0xD0
    static let startOfImage: UInt8 = 0xD8
    static let endOfImage: UInt8 = 0xD9
    static let startOfScan: UInt8 = 0xDA
    static let numberOfLines: UInt8 = 0xDC
    static let restartInterval: UInt8 = 0xDD
}
