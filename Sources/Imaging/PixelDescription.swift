package import DICOM

/// How the pixels of an image are described in its data set (PS3.3 C.7.6.3, PS3.5 8.1.1): checked values only.
package struct PixelDescription: Equatable, Sendable {
    /// 1...65535.
    package var rows: Int
    /// 1...65535.
    package var columns: Int
    /// 1 or 3, as the photometric interpretation demands.
    package var samplesPerPixel: Int
    /// 1, 8, 16, 32 or 64 bits for each sample.
    package var bitsAllocated: Int
    /// 1...bitsAllocated.
    package var bitsStored: Int
    package var highBit: Int
    /// Pixel Representation 1: two's complement.
    package var isSigned: Bool
    package var photometric: PhotometricInterpretation
    /// Planar Configuration 1: each frame is one plane a sample. False for one sample per pixel.
    package var isPlanar: Bool
    /// 1...100000.
    package var frameCount: Int

    /// The largest image that is described, in bytes of native pixels.
    package static let nativeByteCountMax = 4 << 30
    package static let frameCountMax = 100_000

    /// Bytes of one frame in native form, the chroma of YBR_FULL_422 and the like shared as PS3.3 C.7.6.3.1.2 says; for
    /// Bits Allocated 1 the frames are not aligned to bytes and this is rounded up.
    package var nativeFrameByteCount: Int {
        let pixels = rows * columns
        let samples =
            switch photometric {
            case .ybrFull422, .ybrPartial422: pixels * 2
            case .ybrPartial420: pixels + pixels / 2
            default: pixels * samplesPerPixel
            }
        return (samples * bitsAllocated + 7) / 8
    }

    /// Bytes of all frames in native form.
    package var nativeByteCount: Int { nativeFrameByteCount * frameCount }

    /// Reads the Image Pixel and Multi-frame attributes; names the element that is missing or out of range.
    package init(_ dataSet: DataSet) throws(CodecError) {
        rows = try Self.number(.rows, in: dataSet, 1...65535)
        columns = try Self.number(.columns, in: dataSet, 1...65535)
        samplesPerPixel = try Self.number(.samplesPerPixel, in: dataSet, 1...3)
        bitsAllocated = try Self.number(.bitsAllocated, in: dataSet, 1...64)
        guard [1, 8, 16, 32, 64].contains(bitsAllocated) else {
            throw .malformed("Bits Allocated (0028,0100) is \(bitsAllocated)")
        }
        bitsStored = try Self.number(.bitsStored, in: dataSet, 1...bitsAllocated)
        let highBit = try Self.optionalNumber(.highBit, in: dataSet, 0...65535) ?? bitsStored - 1
        guard (bitsStored - 1)..<bitsAllocated ~= highBit else {
            throw .malformed("High Bit (0028,0102) is \(highBit) with \(bitsStored) of \(bitsAllocated) bits stored")
        }
        self.highBit = highBit
        isSigned = try Self.number(.pixelRepresentation, in: dataSet, 0...1) == 1
        guard let name = dataSet.string(.photometricInterpretation) else {
            throw .malformed("Photometric Interpretation (0028,0004) is missing")
        }
        guard let photometric = PhotometricInterpretation(rawValue: name) else {
            throw .unsupported("Photometric Interpretation (0028,0004) \(name) is not known")
        }
        guard photometric.samplesPerPixel == samplesPerPixel else {
            throw .malformed("\(name) with \(samplesPerPixel) samples per pixel")
        }
        self.photometric = photometric
        // Of one plane it means nothing, but what is no number at all is damage.
        let isColor = samplesPerPixel > 1
        let planar = try Self.optionalNumber(.planarConfiguration, in: dataSet, isColor ? 0...1 : 0...65535)
        isPlanar = isColor && planar == 1
        frameCount = 1
        if dataSet[.numberOfFrames] != nil, dataSet.string(.numberOfFrames) != nil {
            frameCount = try Self.number(.numberOfFrames, in: dataSet, 1...Self.frameCountMax)
        }
        guard nativeFrameByteCount <= Self.nativeByteCountMax / frameCount else {
            throw .limit("the pixels would have more than \(Self.nativeByteCountMax) bytes")
        }
    }

    /// Nil when the element is missing or empty.
    private static func optionalNumber(
        _ tag: Tag, in dataSet: DataSet, _ range: ClosedRange<Int>
    ) throws(CodecError) -> Int? {
        guard let element = dataSet[tag], element.value != .bytes([]) else { return nil }
        return try number(tag, in: dataSet, range)
    }

    private static func number(
        _ tag: Tag, in dataSet: DataSet, _ range: ClosedRange<Int>
    ) throws(CodecError) -> Int {
        guard let element = dataSet[tag] else { throw .malformed("\(tag) is missing") }
        let values = dataSet.ints(tag)
        guard element.vr == .US || element.vr == .IS || element.vr == .UN, values.count == 1 else {
            throw .malformed("\(tag) is not a number of VR US or IS")
        }
        let value = values[0]
        guard range.contains(value) else { throw .malformed("\(tag) is \(value), not within \(range)") }
        return value
    }
}
