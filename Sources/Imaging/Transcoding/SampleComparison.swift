internal import Bytes
internal import Glibc

/// Compares the samples of two frames. One for each thread: it has scratch memory.
final class SampleComparison {
    private let format: FrameFormat
    private let regions: UltrasoundRegions
    private let before = IOBuffer(capacity: 1)
    private let after = IOBuffer(capacity: 1)

    init(_ format: FrameFormat, _ regions: UltrasoundRegions) {
        self.format = format
        self.regions = regions
    }

    /// Of a sample; `Int.max` when there are not equally many.
    func largestDifference(_ a: RawSpan, _ b: RawSpan) -> Int {
        guard a.byteCount == b.byteCount else { return .max }
        return unsafe a.withUnsafeBytes { first in
            unsafe b.withUnsafeBytes { second in
                guard let x = first.baseAddress, let y = second.baseAddress,
                    unsafe memcmp(x, y, first.count) != 0
                else { return 0 }
                switch (format.bitsAllocated == 16, format.isSigned) {
                case (true, true): return unsafe Self.largestDifference(first, second, of: Int16.self)
                case (true, false): return unsafe Self.largestDifference(first, second, of: UInt16.self)
                case (false, true): return unsafe Self.largestDifference(first, second, of: Int8.self)
                case (false, false): return unsafe Self.largestDifference(first, second, of: UInt8.self)
                }
            }
        }
    }

    private static func largestDifference<Sample: FixedWidthInteger & BitwiseCopyable>(
        _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, of: Sample.Type
    ) -> Int {
        var largest: Int32 = 0
        for at in stride(from: 0, to: a.count, by: MemoryLayout<Sample>.size) {
            let x = unsafe Int32(a.loadUnaligned(fromByteOffset: at, as: Sample.self))
            let y = unsafe Int32(b.loadUnaligned(fromByteOffset: at, as: Sample.self))
            largest = max(largest, abs(x &- y))
        }
        return Int(largest)
    }

    /// PSNR and SSIM of the luminance, inside the regions.
    func luminance(
        _ source: RawSpan, _ decoded: RawSpan, _ photometric: PhotometricInterpretation
    ) -> PlaneComparison {
        let (before, after) = (before, after)
        Luminance.take(source, format, photometric, into: before)
        Luminance.take(decoded, format, photometric, into: after)
        var comparison = PlaneComparison(peak: 1 << format.bitsStored - 1)
        let is16Bit = format.bitsAllocated == 16
        let rectangles =
            is16Bit ? regions.rectangles : regions.rectangles(in: before.readable, stride: format.columns)
        for rectangle in rectangles {
            comparison.add(
                before.readable, after.readable, stride: format.columns, is16Bit: is16Bit, in: rectangle)
        }
        return comparison
    }

    /// Bytes of the samples that carry information: luminance where it is not black, and both chroma samples where
    /// there is color. Borders compress to nothing and grey stored as color has every sample three times, so a plain
    /// ratio would say little of what was lost (compression.md 4.2).
    func informationByteCount(_ samples: RawSpan, _ photometric: PhotometricInterpretation) -> Int {
        // Of wide samples black is not known; none of the levels has a gate on their ratio that could fail by it.
        guard format.bitsAllocated == 8 else { return format.columns * format.rows * 2 }
        precondition(samples.byteCount == format.byteCount, "the frame has another size than its format")
        let black = Int32(UltrasoundRegions.blackMax)
        let grey = Int32(ChromaComparison.greyDeviationMax)
        return unsafe samples.withUnsafeBytes { bytes in
            var count = 0
            guard format.samplesPerPixel == 3 else {
                for at in 0..<bytes.count { count &+= unsafe Int32(bytes[at]) > black ? 1 : 0 }
                return count
            }
            let isYBR = photometric == .ybrFull
            for at in stride(from: 0, to: bytes.count - 2, by: 3) {
                let (x, y, z) = unsafe (Int32(bytes[at]), Int32(bytes[at + 1]), Int32(bytes[at + 2]))
                let brightness = isYBR ? x : max(x, y, z)
                let deviation = isYBR ? max(abs(y &- 128), abs(z &- 128)) : max(abs(x &- y), abs(z &- y))
                count &+= (brightness > black ? 1 : 0) &+ (deviation > grey ? 2 : 0)
            }
            return count
        }
    }
}
