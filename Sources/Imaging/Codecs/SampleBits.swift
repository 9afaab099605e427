internal import Bytes

/// The bits of samples on their way between our frames and a codec: how many bytes each side gives a sample, and what
/// stands above the stored bits.
enum SampleBits {
    /// Replaces `buffer` by the samples of `frame` with only their stored bits, in one byte each when `isNarrow`, else
    /// in two.
    static func mask(_ frame: RawSpan, _ format: FrameFormat, isNarrow: Bool, into buffer: IOBuffer) {
        let count = format.sampleCount
        let mask = UInt16(truncatingIfNeeded: (1 << format.bitsStored) - 1)
        precondition(frame.byteCount == format.byteCount, "the frame has another size than its format")
        precondition(isNarrow || format.bitsAllocated == 16, "samples of 8 bits are not widened")
        buffer.clear()
        buffer.reserve(isNarrow ? count : count * 2)
        unsafe frame.withUnsafeBytes { source in
            _ = unsafe buffer.withWritable { target in
                if format.bitsAllocated == 8 {
                    for i in 0..<count { unsafe target[i] = source[i] & UInt8(truncatingIfNeeded: mask) }
                    return count
                }
                if isNarrow {
                    for i in 0..<count {
                        unsafe target[i] = source[2 * i] & UInt8(truncatingIfNeeded: mask)
                    }
                    return count
                }
                for i in 0..<count {
                    let sample = unsafe source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self) & mask
                    unsafe target.storeBytes(of: sample, toByteOffset: 2 * i, as: UInt16.self)
                }
                return count * 2
            }
        }
    }

    /// How decoded samples lie in memory.
    struct Layout {
        /// Bits of a sample: up to 8 have a byte each, more have two.
        var precision: Int
        /// One plane a component.
        var isPlanar: Bool

        var isNarrow: Bool { precision <= 8 }

        /// Whether a frame looks the same.
        func isThat(of format: FrameFormat) -> Bool {
            !isPlanar && precision == format.bitsStored && isNarrow == (format.bitsAllocated == 8)
                && (!format.isSigned || precision == format.bitsAllocated)
        }
    }

    /// Replaces `frame` by the samples of `decoded`, signed ones with their sign up to Bits Allocated.
    static func expand(
        _ decoded: RawSpan, _ layout: Layout, _ format: FrameFormat, into frame: IOBuffer
    ) throws(CodecError) {
        let width = layout.isNarrow ? 1 : 2
        precondition(decoded.byteCount == format.sampleCount * width, "the decoder made another number of samples")
        frame.clear()
        frame.reserve(format.byteCount)
        var isInRange = true
        unsafe decoded.withUnsafeBytes { source in
            _ = unsafe frame.withWritable { target in
                unsafe isInRange = copy(source, layout, format, to: target)
                return format.byteCount
            }
        }
        guard isInRange else {
            throw .mismatch("the codestream has samples that do not fit \(format.bitsStored) bits stored")
        }
    }

    /// Whether every sample fits Bits Stored.
    private static func copy(
        _ source: UnsafeRawBufferPointer, _ layout: Layout, _ format: FrameFormat,
        to target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let pixels = format.columns * format.rows
        let samples = format.samplesPerPixel
        let range = format.valueRange
        let shift = Int32(32 - layout.precision)
        var isInRange = true
        for component in 0..<samples {
            for pixel in 0..<pixels {
                let from = layout.isPlanar ? component * pixels + pixel : pixel * samples + component
                let to = pixel * samples + component
                let bits =
                    unsafe layout.isNarrow
                    ? UInt32(source[from])
                    : UInt32(source.loadUnaligned(fromByteOffset: 2 * from, as: UInt16.self))
                let value = format.isSigned ? Int32(bitPattern: bits &<< shift) &>> shift : Int32(bitPattern: bits)
                isInRange = isInRange && range.contains(value)
                if format.bitsAllocated == 8 {
                    unsafe target[to] = UInt8(truncatingIfNeeded: value)
                } else {
                    unsafe target.storeBytes(
                        of: UInt16(truncatingIfNeeded: value), toByteOffset: 2 * to, as: UInt16.self)
                }
            }
        }
        return isInRange
    }
}

extension FrameFormat {
    var sampleCount: Int { columns * rows * samplesPerPixel }

    /// What Bits Stored can say.
    var valueRange: ClosedRange<Int32> {
        let span = Int32(1) << Int32(bitsStored)
        return isSigned ? -span / 2...span / 2 - 1 : 0...span - 1
    }
}
