internal import Bytes

/// Turns the bytes of a native frame into samples as codecs take them: interleaved, values in the low bits.
struct NativeFrame: Sendable {
    private let description: PixelDescription

    init(_ description: PixelDescription) { self.description = description }

    /// Whether the bytes are not those samples already.
    var needsWork: Bool {
        description.isPlanar || description.photometric.isSubsampled
            || description.bitsStored < description.bitsAllocated
    }

    /// What the samples mean afterwards.
    var photometric: PhotometricInterpretation {
        description.photometric.isSubsampled ? .rgb : description.photometric
    }

    /// - Parameters:
    ///   - bytes: of one frame, little endian.
    ///   - frame: is given `format.byteCount` bytes.
    func convert(_ bytes: RawSpan, _ format: FrameFormat, into frame: IOBuffer) throws(CodecError) {
        switch description.photometric {
        case .ybrFull422, .ybrPartial422:
            guard format.bitsAllocated == 8, format.columns.isMultiple(of: 2) else {
                throw .unsupported("\(description.photometric.rawValue) with odd columns or 16 bits")
            }
            return Self.spread(bytes, isPartial: description.photometric == .ybrPartial422, into: frame)
        case .ybrPartial420: throw .unsupported("YBR_PARTIAL_420 without a codec")
        default: break
        }
        if description.isPlanar {
            Self.interleave(bytes, format, into: frame)
        } else {
            frame.append(bytes)
        }
        if description.bitsStored < description.bitsAllocated {
            frame.isolateBits(
                stored: description.bitsStored, highBit: description.highBit,
                is16Bit: description.bitsAllocated == 16, isSigned: description.isSigned)
        }
    }

    private static func interleave(_ bytes: RawSpan, _ format: FrameFormat, into frame: IOBuffer) {
        if format.bitsAllocated == 16 {
            interleave(bytes, format, of: UInt16.self, into: frame)
        } else {
            interleave(bytes, format, of: UInt8.self, into: frame)
        }
    }

    /// Three planes, one behind the other.
    private static func interleave<Sample: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _ format: FrameFormat, of: Sample.Type, into frame: IOBuffer
    ) {
        let unit = MemoryLayout<Sample>.size
        let plane = format.columns * format.rows * unit
        precondition(format.samplesPerPixel == 3 && bytes.byteCount == 3 * plane, "not three planes of a frame")
        frame.reserve(3 * plane)
        _ = unsafe frame.withWritable { target in
            unsafe bytes.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for at in stride(from: 0, to: plane, by: unit) {
                    for sample in 0..<3 {
                        let value = unsafe from.loadUnaligned(fromByteOffset: at + sample * plane, as: Sample.self)
                        unsafe to.storeBytes(of: value, toByteOffset: 3 * at + sample * unit, as: Sample.self)
                    }
                }
            }
            return 3 * plane
        }
    }

    /// Y1 Y2 Cb Cr for two pixels (PS3.3 C.7.6.3.1.2) to RGB by the matrix of BT.601.
    private static func spread(_ bytes: RawSpan, isPartial: Bool, into frame: IOBuffer) {
        let count = bytes.byteCount / 4
        frame.reserve(count * 6)
        _ = unsafe frame.withWritable { target in
            for pair in 0..<count {
                let cb = Double(bytes.byte(at: 4 * pair + 2)) - 128
                let cr = Double(bytes.byte(at: 4 * pair + 3)) - 128
                let scale = isPartial ? 255.0 / 224 : 1
                for pixel in 0..<2 {
                    var y = Double(bytes.byte(at: 4 * pair + pixel))
                    if isPartial { y = (y - 16) * 255 / 219 }
                    let at = 6 * pair + 3 * pixel
                    unsafe target[at] = clamp(y + 1.402 * cr * scale)
                    unsafe target[at + 1] = clamp(y - (0.344136 * cb + 0.714136 * cr) * scale)
                    unsafe target[at + 2] = clamp(y + 1.772 * cb * scale)
                }
            }
            return count * 6
        }
    }

    private static func clamp(_ value: Double) -> UInt8 { UInt8(min(255, max(0, value.rounded()))) }
}

extension IOBuffer {
    /// Swaps the bytes of each readable word of 16 bits.
    func swapWords() { eachSample { (word: UInt16) in word.byteSwapped } }

    /// Brings the stored bits of each readable sample down to the lowest bit and clears, or extends the sign over, the
    /// rest.
    func isolateBits(stored: Int, highBit: Int, is16Bit: Bool, isSigned: Bool) {
        // Up to the highest bit and down again, which drags the sign along.
        let width = is16Bit ? 16 : 8
        let (up, down) = (width - 1 - highBit, width - stored)
        switch (is16Bit, isSigned) {
        case (true, true): eachSample { (sample: Int16) in (sample &<< Int16(up)) &>> Int16(down) }
        case (true, false): eachSample { (sample: UInt16) in (sample &<< UInt16(up)) &>> UInt16(down) }
        case (false, true): eachSample { (sample: Int8) in (sample &<< Int8(up)) &>> Int8(down) }
        case (false, false): eachSample { (sample: UInt8) in (sample &<< UInt8(up)) &>> UInt8(down) }
        }
    }

    @inline(__always)
    private func eachSample<Sample: FixedWidthInteger & BitwiseCopyable>(_ change: (Sample) -> Sample) {
        unsafe withReadable { bytes in
            guard let base = bytes.baseAddress else { return }
            let unit = MemoryLayout<Sample>.size
            for at in stride(from: 0, to: bytes.count / unit * unit, by: unit) {
                let value = unsafe base.loadUnaligned(fromByteOffset: at, as: Sample.self)
                unsafe base.storeBytes(of: change(value), toByteOffset: at, as: Sample.self)
            }
        }
    }
}
