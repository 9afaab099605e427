package import Bytes

/// Decodes RLE Lossless (PS3.5 G). What follows the last byte of a plane in its segment must be padding: zeros, or
/// packets that say nothing. Anything else means that the codestream or its description is damaged.
package final class RLEDecoder: FrameDecoder {
    package init() {}

    /// See `FrameDecoder`. Bits above Bits Stored come back as they are in the codestream.
    ///
    /// - Returns: `label`.
    package func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation {
        frame.clear()
        try format.checkSize()
        let sampleByteCount = format.bitsAllocated / 8
        let segmentCount = format.samplesPerPixel * sampleByteCount
        let segments = try Self.segments(codestream, count: segmentCount)
        // Memory is used only for what the segments can fill.
        guard segments.allSatisfy({ $0.count >= format.columns * format.rows / PackBits.expansionMax }) else {
            throw .malformed("an RLE segment is too short for \(format.columns) x \(format.rows) pixels")
        }
        frame.reserve(format.byteCount)
        try unsafe codestream.withUnsafeBytes { bytes throws(CodecError) in
            let source = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            _ = try unsafe frame.withWritable { free throws(CodecError) in
                let pixels = unsafe free.assumingMemoryBound(to: UInt8.self)
                for (segment, range) in segments.enumerated() {
                    let significance = segment % sampleByteCount
                    let plane = segment - significance + (sampleByteCount - 1 - significance)
                    let isWhole = unsafe Self.unpack(
                        UnsafeBufferPointer(rebasing: source[range]),
                        UnsafeMutableBufferPointer(rebasing: pixels[plane..<format.byteCount]), stride: segmentCount)
                    guard isWhole else {
                        throw .malformed("RLE segment \(segment + 1) does not give the bytes of its plane exactly")
                    }
                }
                return format.byteCount
            }
        }
        return label
    }

    /// The ranges of the segments, from the header.
    private static func segments(_ codestream: RawSpan, count: Int) throws(CodecError) -> [Range<Int>] {
        guard codestream.byteCount >= RLEEncoder.headerByteCount else {
            throw .malformed("an RLE frame of \(codestream.byteCount) bytes has no header")
        }
        let declared = Int(codestream.u32LE(at: 0))
        guard 1...RLEEncoder.segmentCountMax ~= declared else {
            throw .malformed("the RLE header says \(declared) segments")
        }
        guard declared == count else {
            throw .mismatch("\(declared) RLE segments where the pixels have \(count) bytes")
        }
        var offsets = (0..<count).map { Int(codestream.u32LE(at: 4 + 4 * $0)) }
        offsets.append(codestream.byteCount)
        var ranges: [Range<Int>] = []
        for index in 0..<count {
            guard offsets[index] >= RLEEncoder.headerByteCount, offsets[index] < offsets[index + 1] else {
                throw .malformed("the RLE segment offsets do not ascend within the frame")
            }
            ranges.append(offsets[index]..<offsets[index + 1])
        }
        return ranges
    }

    /// Unpacks a segment to every `stride`th byte of `target`, beginning with the first.
    ///
    /// - Returns: whether it gave all of them, no packet reached beyond the last, and nothing but padding is left.
    private static func unpack(
        _ source: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>, stride: Int
    ) -> Bool {
        // The literals give the loops a constant each.
        switch stride {
        case 1: unsafe unpackPlane(source, target, 1)
        case 2: unsafe unpackPlane(source, target, 2)
        case 3: unsafe unpackPlane(source, target, 3)
        default: unsafe unpackPlane(source, target, stride)
        }
    }

    @inline(__always)
    private static func unpackPlane(
        _ source: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>, _ stride: Int
    ) -> Bool {
        guard var from = source.baseAddress, var to = target.baseAddress else { return false }
        let end = unsafe from + source.count
        var remaining = (target.count + stride - 1) / stride
        while unsafe remaining > 0 && from < end {
            let head = unsafe Int(Int8(bitPattern: from.pointee))
            unsafe from += 1
            if head >= 0 {
                let count = head &+ 1
                guard count <= remaining, unsafe count <= end - from else { return false }
                if stride == 1 {
                    unsafe to.update(from: from, count: count)
                } else {
                    for index in 0..<count { unsafe to[index &* stride] = from[index] }
                }
                unsafe from += count
                unsafe to += count &* stride
                remaining &-= count
            } else if head != -128 {
                let count = 1 &- head
                guard count <= remaining, unsafe from < end else { return false }
                let value = unsafe from.pointee
                if stride == 1 {
                    unsafe to.update(repeating: value, count: count)
                } else {
                    for index in 0..<count { unsafe to[index &* stride] = value }
                }
                unsafe from += 1
                unsafe to += count &* stride
                remaining &-= count
            }
        }
        guard remaining == 0 else { return false }
        while unsafe from < end {
            guard unsafe from.pointee == 0 || from.pointee == PackBits.empty else { return false }
            unsafe from += 1
        }
        return true
    }
}
