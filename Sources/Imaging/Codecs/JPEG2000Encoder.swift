package import Bytes
internal import COpenJPEG

/// JPEG 2000 (T.800) of OpenJPEG as a raw codestream: one tile, one layer, code-blocks of 64 x 64.
package final class JPEG2000Encoder: FrameEncoder {
    /// In dB; nil is lossless: the reversible 5/3 wavelet. Else the irreversible 9/7 wavelet, cut off where the encoder
    /// reckons that this PSNR is reached.
    package let psnr: Double?

    package init(psnr: Double?) { self.psnr = psnr }

    /// Whether the codestream uses the component transform, so that the data set must say YBR_RCT or YBR_ICT.
    package static func usesColorTransform(_ photometric: PhotometricInterpretation) -> Bool { photometric == .rgb }

    package func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError) {
        try format.check(frameByteCount: frame.byteCount, photometric)
        switch photometric {
        case .monochrome1, .monochrome2, .rgb, .ybrFull: break
        case .paletteColor where psnr == nil: break
        default: throw .unsupported("\(photometric.rawValue) does not go into this JPEG 2000")
        }
        guard psnr.map({ $0.isFinite && 1...200 ~= $0 }) ?? true else { throw .unsupported("a PSNR out of 1...200 dB") }
        var messages = copenjpeg_messages()
        guard
            let image = unsafe copenjpeg_image(
                UInt32(format.columns), UInt32(format.rows), UInt32(format.samplesPerPixel),
                UInt32(format.bitsStored), format.isSigned ? 1 : 0)
        else { throw .library("OpenJPEG has no memory for an image") }
        defer { unsafe opj_image_destroy(image) }
        let planes = unsafe (0..<format.samplesPerPixel).compactMap { unsafe copenjpeg_samples(image, UInt32($0)) }
        guard unsafe planes.count == format.samplesPerPixel else {
            throw .library("OpenJPEG has no memory for the samples")
        }
        unsafe JPEG2000Samples.split(frame, format, to: planes)
        let parameters = copenjpeg_parameters(
            resolution_count: Self.resolutionCount(format),
            uses_color_transform: Self.usesColorTransform(photometric) ? 1 : 0, psnr: Float(psnr ?? 0))
        guard let codec = unsafe copenjpeg_encoder(image, parameters, &messages) else {
            throw .openJPEG(&messages)
        }
        defer { unsafe opj_destroy_codec(codec) }
        codestream.clear()
        // Noise grows by a bit a sample in the component transform; the rest is for headers of small frames.
        codestream.reserve(format.sampleCount * (format.bitsAllocated / 8) / 2 * 3 + 65536)
        _ = try unsafe codestream.withWritable { free throws(CodecError) -> Int in
            try unsafe Self.compress(image, codec, &messages, to: free)
        }
    }

    /// Five halvings, or as many as leave a sample.
    private static func resolutionCount(_ format: FrameFormat) -> Int32 {
        let shorter = min(format.columns, format.rows)
        return Int32(min(6, Int.bitWidth - shorter.leadingZeroBitCount))
    }

    private static func compress(
        _ image: UnsafeMutablePointer<opj_image_t>, _ codec: UnsafeMutablePointer<opj_codec_t?>,
        _ messages: inout copenjpeg_messages, to free: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        var memory = unsafe copenjpeg_memory(
            base: free.bindMemory(to: UInt8.self).baseAddress, capacity: free.count, count: 0, position: 0)
        let isMade = unsafe withUnsafeMutablePointer(to: &memory) { memory in
            guard let stream = unsafe copenjpeg_stream(memory, 0) else { return false }
            defer { unsafe opj_stream_destroy(stream) }
            return unsafe opj_start_compress(codec, image, stream) != 0 && opj_encode(codec, stream) != 0
                && opj_end_compress(codec, stream) != 0
        }
        guard isMade, messages.error_count == 0 else { throw .openJPEG(&messages) }
        return unsafe memory.count
    }
}

extension CodecError {
    /// What OpenJPEG said first.
    static func openJPEG(_ messages: inout copenjpeg_messages) -> Self {
        let text = unsafe String(cString: copenjpeg_first_message(&messages))
        return .library("OpenJPEG: \(text.isEmpty ? "failed" : String(text.prefix { $0 != "\n" }))")
    }
}
