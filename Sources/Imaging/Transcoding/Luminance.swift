internal import Bytes

/// The brightness of each pixel as an unsigned number: Y of BT.601 in full range for color, as JFIF has it; grey
/// samples as they are.
enum Luminance {
    /// Of red, green and blue, in 65,536ths.
    private static let weights: (red: UInt32, green: UInt32, blue: UInt32) = (19595, 38470, 7471)

    /// Of one pixel, rounded.
    @inline(__always)
    static func value<Sample: FixedWidthInteger & UnsignedInteger>(_ red: Sample, _ green: Sample, _ blue: Sample)
        -> Sample
    {
        let sum =
            weights.red &* UInt32(truncatingIfNeeded: red) &+ weights.green &* UInt32(truncatingIfNeeded: green)
            &+ weights.blue &* UInt32(truncatingIfNeeded: blue)
        // Weights add up to 1, so this cannot overflow but by the rounding of the very brightest.
        return Sample(truncatingIfNeeded: (UInt64(sum) + 32768) >> 16)
    }

    /// Replaces `plane` by one sample a pixel, as wide as those of the frame. Signed samples are lifted by half of
    /// their range.
    static func take(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into plane: IOBuffer
    ) {
        precondition(frame.byteCount == format.byteCount, "the frame has another size than its format")
        plane.clear()
        plane.reserve(format.byteCount / format.samplesPerPixel)
        if format.bitsAllocated == 16 {
            take(frame, format, photometric, of: UInt16.self, into: plane)
        } else {
            take(frame, format, photometric, of: UInt8.self, into: plane)
        }
    }

    private static func take<Sample: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, of: Sample.Type,
        into plane: IOBuffer
    ) {
        let lift: Sample = format.isSigned ? 1 << Sample(format.bitsStored - 1) : 0
        let count = format.columns * format.rows
        let isColor = format.samplesPerPixel == 3
        let hasLuminance = photometric == .ybrFull || !isColor
        let step = format.samplesPerPixel
        _ = unsafe plane.withWritable { target in
            unsafe frame.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress, let to = target.baseAddress else { return }
                let unit = MemoryLayout<Sample>.size
                for pixel in 0..<count {
                    let at = pixel &* step &* unit
                    var value = unsafe source.loadUnaligned(fromByteOffset: at, as: Sample.self) &+ lift
                    if !hasLuminance {
                        let green = unsafe source.loadUnaligned(fromByteOffset: at &+ unit, as: Sample.self) &+ lift
                        let blue = unsafe source.loadUnaligned(fromByteOffset: at &+ 2 &* unit, as: Sample.self) &+ lift
                        value = Self.value(value, green, blue)
                    }
                    unsafe to.storeBytes(of: value, toByteOffset: pixel &* unit, as: Sample.self)
                }
            }
            return count * MemoryLayout<Sample>.size
        }
    }
}
