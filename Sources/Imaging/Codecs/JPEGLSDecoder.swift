package import Bytes
internal import CCharLS

/// JPEG-LS, lossless and near-lossless (T.87), decoded by CharLS: 2 to 16 bits, one or three components.
///
/// CharLS 2.4.1 reads for ever, or past the end, when no marker follows the data of a scan. So the codestream must be
/// complete to its EOI, and CharLS sees no byte behind it.
package final class JPEGLSDecoder: FrameDecoder {
    private let decoded = IOBuffer(capacity: 0)

    package init() {}

    package func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation {
        try format.checkSize()
        try format.check(label)
        let (header, layout) = try Self.header(codestream, format)
        let exact = codestream.extracting(0..<header.byteCount)
        let byteCount = format.sampleCount * (layout.isNarrow ? 1 : 2)
        if layout.isThat(of: format) {
            try Self.decompress(exact, byteCount, into: frame)
        } else {
            try Self.decompress(exact, byteCount, into: decoded)
            let decoded = decoded
            let samples = decoded.readable
            try SampleBits.expand(samples, layout, format, into: frame)
        }
        return label.withChromaOfItsOwn
    }

    private static func header(
        _ codestream: RawSpan, _ format: FrameFormat
    ) throws(CodecError) -> (JPEGHeader, SampleBits.Layout) {
        let header = try JPEGHeader(codestream, .jpegLS)
        guard header.frameMarker == 0xF7 else { throw .unsupported("the codestream is no JPEG-LS") }
        try format.check(columns: header.columns, rows: header.rows, components: header.components.count)
        try format.check(precision: header.precision)
        guard header.precision >= 2 else { throw .unsupported("JPEG-LS with 1 bit a sample") }
        guard header.components.allSatisfy({ $0.horizontal == 1 && $0.vertical == 1 }) else {
            throw .unsupported("the JPEG-LS codestream has subsampled components")
        }
        guard header.presetTypes.allSatisfy({ $0 == 1 }) else {
            throw .unsupported("the JPEG-LS codestream has a mapping table or extended parameters")
        }
        try header.checkScansCoverComponents()
        let ids = header.components.map(\.id)
        guard header.scans.flatMap(\.componentIDs) == ids else {
            throw .unsupported("the scans of the JPEG-LS codestream stand in another order than its components")
        }
        let isPlanar = header.scans.count > 1
        let near = header.scans[0].parameters[0]
        for scan in header.scans {
            guard isPlanar || ids.count == 1 ? scan.parameters[1] == 0 : 1...2 ~= scan.parameters[1] else {
                throw .malformed("interleave mode \(scan.parameters[1]) does not fit the scans of the codestream")
            }
            guard scan.parameters[2] == 0 else { throw .unsupported("JPEG-LS with a point transform") }
            guard scan.parameters[0] == near else { throw .unsupported("JPEG-LS with a NEAR for each scan") }
        }
        guard Int(near) <= ((1 << header.precision) - 1) / 2, near == 0 || !format.isSigned else {
            throw .unsupported("JPEG-LS with NEAR \(near) for \(format.isSigned ? "signed" : "such") samples")
        }
        guard !isPlanar || header.scans.count == ids.count else {
            throw .unsupported("the JPEG-LS codestream has scans of two components")
        }
        return (header, SampleBits.Layout(precision: header.precision, isPlanar: isPlanar))
    }

    private static func decompress(_ codestream: RawSpan, _ byteCount: Int, into buffer: IOBuffer) throws(CodecError) {
        buffer.clear()
        buffer.reserve(byteCount)
        _ = try unsafe buffer.withWritable { free throws(CodecError) -> Int in
            let result = unsafe codestream.withUnsafeBytes { raw in
                unsafe decompress(raw, to: UnsafeMutableRawBufferPointer(rebasing: free[..<byteCount]))
            }
            guard result == CHARLS_JPEGLS_ERRC_SUCCESS else { throw .charLS(result) }
            return byteCount
        }
    }

    private static func decompress(
        _ codestream: UnsafeRawBufferPointer, to samples: UnsafeMutableRawBufferPointer
    ) -> charls_jpegls_errc {
        guard let source = codestream.baseAddress, let target = samples.baseAddress else {
            return CHARLS_JPEGLS_ERRC_INVALID_ARGUMENT
        }
        guard let decoder = unsafe charls_jpegls_decoder_create() else {
            return CHARLS_JPEGLS_ERRC_NOT_ENOUGH_MEMORY
        }
        defer { unsafe charls_jpegls_decoder_destroy(decoder) }
        var result = unsafe charls_jpegls_decoder_set_source_buffer(decoder, source, codestream.count)
        if result == CHARLS_JPEGLS_ERRC_SUCCESS { result = unsafe charls_jpegls_decoder_read_header(decoder) }
        var size = 0
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_decoder_get_destination_size(decoder, 0, &size)
        }
        guard result == CHARLS_JPEGLS_ERRC_SUCCESS else { return result }
        guard size == samples.count else { return CHARLS_JPEGLS_ERRC_DESTINATION_BUFFER_TOO_SMALL }
        // A stride other than 0 overflows in CharLS 2.3.0 to 2.4.3 (GHSA-mqrg-gfc8-73ff).
        return unsafe charls_jpegls_decoder_decode_to_buffer(decoder, target, samples.count, 0)
    }
}
