package import Bytes
internal import CTurboJPEG

/// JPEG Baseline and the 8-bit Huffman streams of Extended (T.81 processes 1 and 2), decoded by libjpeg-turbo with its
/// accurate DCT. Color comes out as RGB, whatever the label says: see `JPEGColor`.
package final class JPEGBaselineDecoder: FrameDecoder {
    private var handle: TurboJPEGHandle?
    private let patched = IOBuffer(capacity: 0)

    /// A warning of the library means samples that were made up.
    private static let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS

    package init() {}

    package func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation {
        try format.checkSize()
        try format.check(label)
        guard format.bitsAllocated == 8, format.bitsStored == 8, !format.isSigned else {
            throw .mismatch("JPEG with 8 bits does not hold \(format.bitsStored) bits stored")
        }
        let header = try Self.header(codestream, columns: format.columns, rows: format.rows, format.samplesPerPixel)
        let exact = codestream.extracting(0..<header.byteCount)
        let isColor = format.samplesPerPixel == 3
        if isColor, let transform = JPEGColor.neededTransform(header, label) {
            JPEGColor.rewrite(exact, header, transform: transform, into: patched)
            let patched = patched
            let bytes = patched.readable
            try decompress(bytes, format, into: frame)
        } else {
            try decompress(exact, format, into: frame)
        }
        return isColor ? .rgb : label
    }

    /// Decodes one of our own codestreams to what it was made of, without upsampling and color conversion.
    package func decodePlanes(_ codestream: RawSpan, into planes: JPEGPlanes) throws(CodecError) {
        let header = try Self.header(codestream, columns: planes.columns, rows: planes.rows, planes.count)
        guard header.components.map({ $0.horizontal * 16 + $0.vertical }) == planes.samplingFactors else {
            throw .mismatch("the codestream shares its chroma samples in another way")
        }
        let handle = try decompressor()
        var pointers = unsafe planes.pointers
        let result = unsafe codestream.withUnsafeBytes { raw in
            unsafe tjDecompressToYUVPlanes(
                handle.raw, raw.bindMemory(to: UInt8.self).baseAddress, UInt(raw.count), &pointers,
                Int32(planes.columns), nil, Int32(planes.rows), Self.flags)
        }
        guard result == 0 else { throw handle.error }
    }

    private func decompressor() throws(CodecError) -> TurboJPEGHandle {
        if let handle { return handle }
        let fresh = try TurboJPEGHandle(.decompress)
        handle = fresh
        return fresh
    }

    private static func header(
        _ codestream: RawSpan, columns: Int, rows: Int, _ components: Int
    ) throws(CodecError) -> JPEGHeader {
        let header = try JPEGHeader(codestream, .jpeg)
        guard header.frameMarker == 0xC0 || header.frameMarker == 0xC1 else {
            throw .unsupported("the JPEG is neither baseline nor extended sequential with Huffman codes")
        }
        guard header.precision == 8 else { throw .unsupported("JPEG with \(header.precision) bits a sample") }
        guard header.columns == columns, header.rows == rows else {
            throw .mismatch(
                "the codestream has \(header.columns) x \(header.rows) pixels, the data set \(columns) x \(rows)")
        }
        guard header.components.count == components else {
            throw .mismatch("the codestream has \(header.components.count) components, the data set \(components)")
        }
        guard header.components.allSatisfy({ 1...4 ~= $0.horizontal && 1...4 ~= $0.vertical }) else {
            throw .malformed("a sampling factor of the codestream is outside 1...4")
        }
        try header.checkScansCoverComponents()
        return header
    }

    private func decompress(_ codestream: RawSpan, _ format: FrameFormat, into frame: IOBuffer) throws(CodecError) {
        let handle = try decompressor()
        frame.clear()
        frame.reserve(format.byteCount)
        let pixelFormat = format.samplesPerPixel == 1 ? TJPF_GRAY : TJPF_RGB
        _ = try unsafe frame.withWritable { free throws(CodecError) -> Int in
            let result = unsafe codestream.withUnsafeBytes { raw in
                unsafe tjDecompress2(
                    handle.raw, raw.bindMemory(to: UInt8.self).baseAddress, UInt(raw.count),
                    free.bindMemory(to: UInt8.self).baseAddress, Int32(format.columns), 0, Int32(format.rows),
                    pixelFormat.rawValue, Self.flags)
            }
            guard result == 0 else { throw handle.error }
            return format.byteCount
        }
    }
}
