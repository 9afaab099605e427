package import Bytes
internal import COpenJPEG

/// JPEG 2000 and High-Throughput JPEG 2000 (T.800, T.814) as raw codestreams, decoded by OpenJPEG in strict mode: 1 to
/// 16 bits, one or three components without subsampling.
///
/// OpenJPEG 2.5.0 of Debian is built with assertions, and some damaged code-blocks of High-Throughput streams end the
/// process in one of them; nothing in the headers tells. So what comes from outside is decoded in a process of its own.
package final class JPEG2000Decoder: FrameDecoder {
    package init() {}

    package func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation {
        try format.checkSize()
        try format.check(label)
        let header = try JPEG2000Header(codestream)
        try format.check(columns: header.columns, rows: header.rows, components: header.componentCount)
        // Fewer bits than the data set stores are met in the field, and lose nothing.
        guard 1...format.bitsAllocated ~= header.precision else {
            throw .mismatch(
                "the codestream has \(header.precision) bits a sample, "
                    + "the data set has room for \(format.bitsAllocated)")
        }
        guard header.isSigned == format.isSigned else {
            throw .mismatch(
                "the samples of the codestream are \(header.isSigned ? "" : "un")signed, those of the data set are not")
        }
        let exact = codestream.extracting(0..<(try header.endOfTileParts(codestream)))
        var messages = copenjpeg_messages()
        try unsafe exact.withUnsafeBytes { raw throws(CodecError) in
            try unsafe Self.decompress(raw, format, &messages, into: frame)
        }
        if header.usesColorTransform || label == .ybrRCT || label == .ybrICT { return .rgb }
        return label.withChromaOfItsOwn
    }

    private static func decompress(
        _ codestream: UnsafeRawBufferPointer, _ format: FrameFormat, _ messages: inout copenjpeg_messages,
        into frame: IOBuffer
    ) throws(CodecError) {
        guard let codec = unsafe copenjpeg_decoder(&messages) else {
            throw .library("OpenJPEG has no memory for a decoder")
        }
        defer { unsafe opj_destroy_codec(codec) }
        // The stream only reads.
        let base = unsafe UnsafeMutableRawPointer(mutating: codestream.baseAddress)
        var memory = unsafe copenjpeg_memory(
            base: base?.assumingMemoryBound(to: UInt8.self), capacity: codestream.count, count: codestream.count,
            position: 0)
        var image: UnsafeMutablePointer<opj_image_t>?
        let isDecoded = unsafe withUnsafeMutablePointer(to: &memory) { memory in
            guard let stream = unsafe copenjpeg_stream(memory, 1) else { return false }
            defer { unsafe opj_stream_destroy(stream) }
            return unsafe opj_read_header(stream, codec, &image) != 0 && opj_decode(codec, stream, image) != 0
        }
        defer { unsafe opj_image_destroy(image) }
        // Most warnings mean samples that were made up, or a color transform that was left out.
        guard isDecoded, messages.error_count == 0, messages.warning_count == 0, let image = unsafe image else {
            throw .openJPEG(&messages)
        }
        try unsafe join(image, format, into: frame)
    }

    private static func join(
        _ image: UnsafeMutablePointer<opj_image_t>, _ format: FrameFormat, into frame: IOBuffer
    ) throws(CodecError) {
        guard unsafe Int(image.pointee.numcomps) == format.samplesPerPixel else {
            throw .mismatch("OpenJPEG made another number of components")
        }
        var planes: [UnsafeMutablePointer<Int32>] = unsafe []
        for component in 0..<format.samplesPerPixel {
            let made = unsafe image.pointee.comps[component]
            guard unsafe Int(made.w) == format.columns, unsafe Int(made.h) == format.rows, let plane = unsafe made.data
            else { throw .mismatch("OpenJPEG made a component of another size") }
            unsafe planes.append(plane)
        }
        frame.clear()
        frame.reserve(format.byteCount)
        _ = try unsafe frame.withWritable { free throws(CodecError) -> Int in
            guard unsafe JPEG2000Samples.join(planes, format, to: free) else {
                throw .mismatch("the codestream has samples that do not fit \(format.bitsStored) bits stored")
            }
            return format.byteCount
        }
    }
}
