internal import Bytes

/// OpenJPEG keeps each component as a plane of 32-bit integers; frames are interleaved.
enum JPEG2000Samples {
    /// Fills the planes from a frame of `format.byteCount` bytes; a plane has `columns * rows` integers.
    static func split(_ frame: RawSpan, _ format: FrameFormat, to planes: [UnsafeMutablePointer<Int32>]) {
        let pixels = format.columns * format.rows
        let isWhole = unsafe planes.count == format.samplesPerPixel && frame.byteCount == format.byteCount
        precondition(isWhole, "the frame or its planes have another size than the format")
        unsafe frame.withUnsafeBytes { source in
            for component in 0..<format.samplesPerPixel {
                unsafe split(source, format, component, pixels, to: planes[component])
            }
        }
    }

    private static func split(
        _ source: UnsafeRawBufferPointer, _ format: FrameFormat, _ component: Int, _ pixels: Int,
        to plane: UnsafeMutablePointer<Int32>
    ) {
        let samples = format.samplesPerPixel
        let shift = Int32(32 - format.bitsStored)
        if format.bitsAllocated == 8, !format.isSigned, format.bitsStored == 8 {
            for i in 0..<pixels { unsafe plane[i] = Int32(source[i &* samples &+ component]) }
            return
        }
        for i in 0..<pixels {
            let at = i &* samples &+ component
            let bits =
                unsafe format.bitsAllocated == 8
                ? UInt32(source[at]) : UInt32(source.loadUnaligned(fromByteOffset: 2 &* at, as: UInt16.self))
            // Only the stored bits count, and the highest of them is the sign.
            let raised = bits &<< UInt32(bitPattern: shift)
            unsafe plane[i] =
                format.isSigned
                ? Int32(bitPattern: raised) &>> shift : Int32(bitPattern: raised &>> UInt32(bitPattern: shift))
        }
    }

    /// Fills a frame of `format.byteCount` bytes from the planes; whether every sample fits Bits Stored.
    static func join(
        _ planes: [UnsafeMutablePointer<Int32>], _ format: FrameFormat, to target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let pixels = format.columns * format.rows
        let samples = format.samplesPerPixel
        let isWhole = unsafe planes.count == samples && target.count >= format.byteCount
        precondition(isWhole, "the frame or its planes have another size than the format")
        var lowest = Int32.max
        var highest = Int32.min
        for component in 0..<samples {
            let plane = unsafe planes[component]
            for i in 0..<pixels {
                let value = unsafe plane[i]
                lowest = min(lowest, value)
                highest = max(highest, value)
                let at = i &* samples &+ component
                if format.bitsAllocated == 8 {
                    unsafe target[at] = UInt8(truncatingIfNeeded: value)
                } else {
                    unsafe target.storeBytes(
                        of: UInt16(truncatingIfNeeded: value), toByteOffset: 2 &* at, as: UInt16.self)
                }
            }
        }
        return format.valueRange.contains(lowest) && format.valueRange.contains(highest)
    }
}
