package import Bytes
internal import CCharLS

/// JPEG-LS (T.87) of CharLS: 2 to 16 bits, one or three samples; signed samples as their bit pattern, which only
/// lossless coding keeps.
package final class JPEGLSEncoder: FrameEncoder {
    /// The largest error of a sample; 0 is lossless.
    package let near: Int

    private let masked = IOBuffer(capacity: 0)

    package init(near: Int) { self.near = near }

    package func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError) {
        try format.check(frameByteCount: frame.byteCount, photometric)
        guard format.bitsStored >= 2 else { throw .unsupported("JPEG-LS has no samples of 1 bit") }
        guard 0...255 ~= near, near <= ((1 << format.bitsStored) - 1) / 2 else {
            throw .unsupported("NEAR \(near) is out of range for \(format.bitsStored) bits")
        }
        guard near == 0 || !format.isSigned else {
            throw .unsupported("near-lossless JPEG-LS would wrap signed samples around")
        }
        if format.bitsStored == format.bitsAllocated {
            try compress(frame, format, into: codestream)
        } else {
            SampleBits.mask(frame, format, isNarrow: format.bitsStored <= 8, into: masked)
            let masked = masked
            let samples = masked.readable
            try compress(samples, format, into: codestream)
        }
    }

    /// Tries with room for a little more than the samples; noise may need several times as much (T.87 A.5.3, LIMIT).
    private func compress(_ samples: RawSpan, _ format: FrameFormat, into codestream: IOBuffer) throws(CodecError) {
        for factor in [5, 20] {
            codestream.clear()
            codestream.reserve(samples.byteCount / 4 * factor + 4096)
            let count = try unsafe codestream.withWritable { free throws(CodecError) -> Int in
                try unsafe samples.withUnsafeBytes { source throws(CodecError) -> Int? in
                    try unsafe Self.compress(source, format, near: near, to: free)
                } ?? 0
            }
            if count > 0 { return }
        }
        throw .library("CharLS: the codestream needs more than five times the room of its samples")
    }

    /// Nil when `free` is too small.
    private static func compress(
        _ samples: UnsafeRawBufferPointer, _ format: FrameFormat, near: Int, to free: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int? {
        guard let source = samples.baseAddress, let target = free.baseAddress else { return nil }
        guard let encoder = unsafe charls_jpegls_encoder_create() else { throw .library("CharLS has no memory") }
        defer { unsafe charls_jpegls_encoder_destroy(encoder) }
        var frame = charls_frame_info(
            width: UInt32(format.columns), height: UInt32(format.rows), bits_per_sample: Int32(format.bitsStored),
            component_count: Int32(format.samplesPerPixel))
        let mode = format.samplesPerPixel == 1 ? CHARLS_INTERLEAVE_MODE_NONE : CHARLS_INTERLEAVE_MODE_LINE
        var count = 0
        var result = unsafe charls_jpegls_encoder_set_destination_buffer(encoder, target, free.count)
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_encoder_set_frame_info(encoder, &frame)
        }
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_encoder_set_near_lossless(encoder, Int32(near))
        }
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_encoder_set_interleave_mode(encoder, mode)
        }
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_encoder_encode_from_buffer(encoder, source, samples.count, 0)
        }
        if result == CHARLS_JPEGLS_ERRC_SUCCESS {
            result = unsafe charls_jpegls_encoder_get_bytes_written(encoder, &count)
        }
        if result == CHARLS_JPEGLS_ERRC_DESTINATION_BUFFER_TOO_SMALL { return nil }
        guard result == CHARLS_JPEGLS_ERRC_SUCCESS else { throw .charLS(result) }
        return count
    }
}

extension CodecError {
    /// What CharLS said.
    static func charLS(_ code: charls_jpegls_errc) -> Self {
        guard let text = unsafe charls_get_error_message(code) else { return .library("CharLS failed") }
        return .library("CharLS: \(unsafe String(cString: text))")
    }
}
