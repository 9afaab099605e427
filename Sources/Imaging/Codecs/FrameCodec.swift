package import Bytes

/// The samples of one frame in memory: interleaved (color by pixel), row by row without padding; a sample of more than
/// 8 bits has 16 in little endian, its value in the low bits.
package struct FrameFormat: Hashable, Sendable {
    package var columns: Int
    package var rows: Int
    /// 1 or 3.
    package var samplesPerPixel: Int
    /// 8 or 16: of each sample in memory.
    package var bitsAllocated: Int
    /// 1...bitsAllocated: the precision.
    package var bitsStored: Int
    package var isSigned: Bool

    package init(
        columns: Int, rows: Int, samplesPerPixel: Int, bitsAllocated: Int, bitsStored: Int, isSigned: Bool = false
    ) {
        self.columns = columns
        self.rows = rows
        self.samplesPerPixel = samplesPerPixel
        self.bitsAllocated = bitsAllocated
        self.bitsStored = bitsStored
        self.isSigned = isSigned
    }

    package var byteCount: Int { columns * rows * samplesPerPixel * (bitsAllocated / 8) }
}

/// Makes codestreams of frames. One for each thread: it may keep handles and scratch memory between frames.
package protocol FrameEncoder: AnyObject {
    /// Replaces the contents of `codestream` by the frame encoded, complete and not padded.
    ///
    /// - Parameters:
    ///   - frame: `format.byteCount` bytes.
    ///   - photometric: of the samples: `monochrome1`, `monochrome2`, `paletteColor`, `rgb` or `ybrFull`.
    func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError)
}

/// Makes frames of codestreams that come from anywhere. One for each thread.
package protocol FrameDecoder: AnyObject {
    /// Replaces the contents of `frame` by `format.byteCount` bytes of samples. The codestream's own header is compared
    /// with `format` before memory is used for it.
    ///
    /// - Parameters:
    ///   - codestream: one frame, fragments joined; padding may follow it.
    ///   - label: Photometric Interpretation of the data set.
    /// - Returns: what the samples are now: the label for codecs that do not touch colors; `rgb` where the decoder
    ///   undid a color transform of the codestream.
    func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation
}
