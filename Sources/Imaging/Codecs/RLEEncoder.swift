package import Bytes

/// RLE Lossless (PS3.5 G): a header of 64 bytes, then one segment for each byte of a pixel: sample by sample, the most
/// significant byte first.
///
///     0   number of segments, 4 bytes little endian
///     4   offsets of segments 1...15, 4 bytes each, 0 where there is none
///     64  segment 1: all bytes of one significance of all pixels, row by row, packed
package final class RLEEncoder: FrameEncoder {
    static let headerByteCount = 64
    static let segmentCountMax = 15
    /// Words are read beyond the end of a plane, and written beyond the end of a literal.
    private static let slack = 32

    private let planes = ScratchMemory()

    package init() {}

    /// See `FrameEncoder`. Bits above Bits Stored are kept.
    package func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError) {
        codestream.clear()
        try format.check(frameByteCount: frame.byteCount)
        let sampleByteCount = format.bitsAllocated / 8
        let segmentCount = format.samplesPerPixel * sampleByteCount
        let pixelCount = format.columns * format.rows
        planes.reserve(segmentCount * pixelCount + Self.slack)
        unsafe frame.withUnsafeBytes { bytes in
            unsafe split(bytes.assumingMemoryBound(to: UInt8.self), segmentCount, pixelCount)
        }

        let rowByteCountMax = format.columns + (format.columns + PackBits.literalMax - 1) / PackBits.literalMax
        let byteCountMax = Self.headerByteCount + segmentCount * (rowByteCountMax * format.rows + 1) + Self.slack
        guard byteCountMax < Int(UInt32.max) else { throw .limit("a frame of \(format.byteCount) bytes") }
        codestream.reserve(byteCountMax)
        _ = unsafe codestream.withWritable { free in
            let start = unsafe free.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let start = unsafe start else { return 0 }
            return unsafe write(format, sampleByteCount: sampleByteCount, to: start)
        }
    }

    /// Writes header and segments to memory that is large enough for the worst case; returns how many bytes.
    private func write(
        _ format: FrameFormat, sampleByteCount: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let segmentCount = format.samplesPerPixel * sampleByteCount
        let header = UnsafeMutableRawPointer(start)
        unsafe start.initialize(repeating: 0, count: Self.headerByteCount)
        unsafe header.storeBytes(of: UInt32(segmentCount).littleEndian, as: UInt32.self)
        var next = unsafe start + Self.headerByteCount
        for segment in 0..<segmentCount {
            let offset = unsafe UInt32(next - start)
            unsafe header.storeBytes(of: offset.littleEndian, toByteOffset: 4 + 4 * segment, as: UInt32.self)
            // In memory the least significant byte comes first, in the codestream the most significant one.
            let significance = segment % sampleByteCount
            let plane = segment - significance + (sampleByteCount - 1 - significance)
            let bytes = unsafe planes.base + plane * format.columns * format.rows
            for row in 0..<format.rows {
                unsafe next = PackBits.pack(bytes + row * format.columns, format.columns, to: next)
            }
            if unsafe (next - start) % 2 == 1 {
                unsafe next.pointee = 0
                unsafe next += 1
            }
        }
        return unsafe next - start
    }

    /// Copies byte `k` of each pixel to plane `k`.
    private func split(_ pixels: UnsafeBufferPointer<UInt8>, _ stride: Int, _ count: Int) {
        guard let from = pixels.baseAddress else { return }
        let to = unsafe planes.base
        switch stride {
        case 1: unsafe to.update(from: from, count: count)
        case 2:
            for pixel in 0..<count {
                unsafe to[pixel] = from[pixel &* 2]
                unsafe to[count &+ pixel] = from[pixel &* 2 &+ 1]
            }
        case 3:
            let (second, third) = unsafe (to + count, to + 2 * count)
            for pixel in 0..<count {
                unsafe to[pixel] = from[pixel &* 3]
                unsafe second[pixel] = from[pixel &* 3 &+ 1]
                unsafe third[pixel] = from[pixel &* 3 &+ 2]
            }
        default:
            for plane in 0..<stride {
                let target = unsafe to + plane * count
                for pixel in 0..<count { unsafe target[pixel] = from[pixel &* stride &+ plane] }
            }
        }
    }
}
