internal import DICOM

/// How pixels are described once they are encoded (PS3.5 8.2, PS3.3 C.7.6.3): what the codestream makes of the samples.
struct EncodedPixels: Equatable {
    let photometric: PhotometricInterpretation
    let bitsAllocated: Int
    let bitsStored: Int
    /// Planar Configuration 1.
    let isPlanar: Bool
    /// Video has square pixels only (PS3.5 8.2.7).
    let hasSquarePixels: Bool

    /// Fails where samples of this kind may not go into the syntax.
    init(_ change: PixelChange) throws(CodecError) {
        let (source, syntax) = (change.source, change.to.transferSyntax)
        switch change.photometric {
        case .monochrome1, .monochrome2, .paletteColor, .rgb, .ybrFull: break
        case .ybrFull422, .ybrPartial420, .ybrPartial422, .ybrICT, .ybrRCT:
            throw .mismatch("\(change.photometric.rawValue) is not what decoded samples are")
        }
        guard change.photometric.samplesPerPixel == source.samplesPerPixel else {
            throw .mismatch("\(change.photometric.rawValue) of pixels with \(source.samplesPerPixel) samples")
        }
        if let why = SyntaxCapabilities.whyNotEncoded(source, change.photometric, in: syntax) {
            throw .unsupported("\(SyntaxCapabilities.name(syntax)): \(why)")
        }
        photometric = Self.photometric(change.photometric, change.to)
        // RLE always stores planes, and PS3.5 leaves the attribute open. The ultrasound modules want YBR_FULL by plane
        // (PS3.3 C.8.5.6) and RGB either way.
        isPlanar = change.to == .rle && change.photometric == .ybrFull
        hasSquarePixels = Self.isVideo(change.to)
        bitsStored = source.bitsStored
        bitsAllocated =
            switch change.to {
            case .native, .rle: source.bitsAllocated
            case .jpegLosslessSV1, .jpegLS, .jpeg2000, .jpegBaseline, .h264: source.bitsStored <= 8 ? 8 : 16
            }
    }

    private static func isVideo(_ parameters: CodecParameters) -> Bool {
        if case .h264 = parameters { true } else { false }
    }

    private static func photometric(
        _ samples: PhotometricInterpretation, _ parameters: CodecParameters
    ) -> PhotometricInterpretation {
        switch parameters {
        case .native, .rle, .jpegLosslessSV1, .jpegLS: samples
        // One label for all chroma subsamplings: the codestream says which it is (PS3.5 8.2.1).
        case .jpegBaseline: samples.samplesPerPixel == 1 ? samples : .ybrFull422
        // The component transforms are made for RGB; anything else is encoded without (PS3.5 8.2.4).
        case .jpeg2000(let psnr): samples != .rgb ? samples : psnr == nil ? .ybrRCT : .ybrICT
        case .h264: .ybrPartial420
        }
    }

    /// Puts the description into `dataSet`; elements that say the same already stay byte for byte.
    func describe(_ dataSet: inout DataSet) {
        if dataSet.string(.photometricInterpretation) != photometric.rawValue {
            dataSet.set(.photometricInterpretation, photometric.rawValue)
        }
        Self.set(.samplesPerPixel, photometric.samplesPerPixel, &dataSet)
        Self.set(.bitsAllocated, bitsAllocated, &dataSet)
        Self.set(.bitsStored, bitsStored, &dataSet)
        Self.set(.highBit, bitsStored - 1, &dataSet)
        if photometric.samplesPerPixel == 1 {
            dataSet.remove(.planarConfiguration)
        } else {
            Self.set(.planarConfiguration, isPlanar ? 1 : 0, &dataSet)
        }
        if hasSquarePixels { dataSet.remove(.pixelAspectRatio) }
        // Whoever writes the fragments makes their offsets anew.
        dataSet.remove(.extendedOffsetTable)
        dataSet.remove(.extendedOffsetTableLengths)
        dataSet.remove(.encapsulatedPixelDataValueTotalLength)
    }

    private static func set(_ tag: Tag, _ value: Int, _ dataSet: inout DataSet) {
        if dataSet.ints(tag) != [value] { dataSet.set(tag, UInt16(clamping: value)) }
    }
}
