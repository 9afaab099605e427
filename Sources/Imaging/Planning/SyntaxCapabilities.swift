package import DICOM

/// What this program does with each transfer syntax, and which pixels a syntax may hold (PS3.5 8.2, A.4).
package enum SyntaxCapabilities {
    private struct Capability: Sendable {
        /// Short, for sentences.
        let name: String
        var decodes = false
        var encodes = false
    }

    /// Every syntax that is not here is passed on as it is, or refused when it has no pixels of its own.
    private static let capabilities: [TransferSyntax: Capability] = [
        .implicitVRLittleEndian: Capability(name: "Implicit VR Little Endian", decodes: true, encodes: true),
        .explicitVRLittleEndian: Capability(name: "Explicit VR Little Endian", decodes: true, encodes: true),
        .explicitVRBigEndian: Capability(name: "Explicit VR Big Endian", decodes: true),
        .deflatedExplicitVRLittleEndian: Capability(name: "Deflated Explicit VR Little Endian", decodes: true),
        .encapsulatedUncompressed: Capability(name: "Encapsulated Uncompressed", decodes: true),
        .deflatedImageFrame: Capability(name: "Deflated Image Frame", decodes: true),
        .rleLossless: Capability(name: "RLE Lossless", decodes: true, encodes: true),
        .jpegBaseline: Capability(name: "JPEG Baseline", decodes: true, encodes: true),
        .jpegExtended: Capability(name: "JPEG Extended"),
        .jpegLossless: Capability(name: "JPEG Lossless", decodes: true),
        .jpegLosslessSV1: Capability(name: "JPEG Lossless SV1", decodes: true, encodes: true),
        .jpegLSLossless: Capability(name: "JPEG-LS Lossless", decodes: true, encodes: true),
        .jpegLSNearLossless: Capability(name: "JPEG-LS Near-Lossless", decodes: true, encodes: true),
        .jpeg2000Lossless: Capability(name: "JPEG 2000 Lossless", decodes: true, encodes: true),
        .jpeg2000: Capability(name: "JPEG 2000", decodes: true, encodes: true),
        .mpeg4HP41: Capability(name: "H.264 High Profile Level 4.1", encodes: true),
        .mpeg4HP422D: Capability(name: "H.264 High Profile Level 4.2", encodes: true),
        .htj2kLossless: Capability(name: "HTJ2K Lossless", decodes: true),
        .htj2kLosslessRPCL: Capability(name: "HTJ2K Lossless RPCL", decodes: true),
        .htj2k: Capability(name: "HTJ2K", decodes: true),
    ]

    /// A short name for sentences; the registered one where none is shorter.
    package static func name(_ syntax: TransferSyntax) -> String { capabilities[syntax]?.name ?? syntax.name }

    /// Whether pixels in the syntax can be read.
    package static func decodes(_ syntax: TransferSyntax) -> Bool { capabilities[syntax]?.decodes ?? false }

    /// Whether pixels can be written in the syntax.
    package static func encodes(_ syntax: TransferSyntax) -> Bool { capabilities[syntax]?.encodes ?? false }

    // MARK: Reading

    /// Why the pixels of an object in an encapsulated syntax cannot be decoded; nil when they can.
    static func whyNotDecoded(_ pixels: PixelDescription, in syntax: TransferSyntax) -> String? {
        guard decodes(syntax) else { return "\(name(syntax)) is not decoded here" }
        guard pixels.bitsAllocated == 8 || pixels.bitsAllocated == 16 else {
            return "samples of \(pixels.bitsAllocated) bits are not decoded here"
        }
        guard !isSharedChroma(pixels, in: syntax) else {
            return "\(pixels.photometric.rawValue) is not decoded in \(name(syntax))"
        }
        return nil
    }

    /// Whether neighbors share chroma samples in the stored bytes themselves and not only in a codestream.
    private static func isSharedChroma(_ pixels: PixelDescription, in syntax: TransferSyntax) -> Bool {
        let holdsSamples =
            syntax.isNative || [.encapsulatedUncompressed, .deflatedImageFrame, .rleLossless].contains(syntax)
        return holdsSamples && pixels.photometric.isSubsampled
    }

    /// What the samples mean once decoded, and whether decoding keeps them as they are. JPEG Baseline and JPEG 2000
    /// undo the color transform of their codestream; shared chroma has to be spread, which ends in RGB and is rounded.
    static func decoded(
        _ pixels: PixelDescription, in syntax: TransferSyntax
    ) -> (photometric: PhotometricInterpretation, isExact: Bool) {
        switch pixels.photometric {
        case .monochrome1, .monochrome2, .paletteColor, .rgb: (pixels.photometric, true)
        case .ybrICT, .ybrRCT: (.rgb, true)
        case .ybrFull: (syntax == .jpegBaseline ? .rgb : .ybrFull, true)
        case .ybrFull422, .ybrPartial420, .ybrPartial422:
            if isSharedChroma(pixels, in: syntax) {
                (.rgb, false)
            } else {
                // Outside of JPEG Baseline the label is wrong: the codestream has all samples.
                (syntax == .jpegBaseline ? .rgb : .ybrFull, true)
            }
        }
    }

    // MARK: Writing

    /// Why pixels may not go into `syntax`, such as `it takes unsigned samples only`; nil when they may.
    ///
    /// - Parameter photometric: of the samples once decoded.
    static func whyNotEncoded(
        _ pixels: PixelDescription, _ photometric: PhotometricInterpretation, in syntax: TransferSyntax
    ) -> String? {
        guard encodes(syntax) else { return "it is not encoded here" }
        if syntax.isNative { return nil }
        guard pixels.bitsAllocated == 8 || pixels.bitsAllocated == 16 else {
            return "samples of \(pixels.bitsAllocated) bits are not encoded here"
        }
        guard pixels.highBit == pixels.bitsStored - 1 else {
            return "the samples do not begin at the lowest bit (High Bit \(pixels.highBit))"
        }
        switch syntax {
        case .rleLossless: return rle(pixels, photometric)
        case .jpegBaseline: return eightBits(pixels) ?? notPalette(photometric)
        case .jpegLosslessSV1:
            if pixels.bitsStored < 2 { return "it takes samples of 2 to 16 bits only" }
            return photometric.isMonochrome ? nil : unsigned(pixels)
        case .jpegLSLossless: return jpegLS(pixels, photometric)
        case .jpegLSNearLossless:
            return jpegLS(pixels, photometric) ?? unsigned(pixels) ?? notPalette(photometric)
        case .jpeg2000: return notPalette(photometric)
        case .mpeg4HP41, .mpeg4HP422D: return video(pixels, photometric)
        default: return nil
        }
    }

    private static func unsigned(_ pixels: PixelDescription) -> String? {
        pixels.isSigned ? "it takes unsigned samples only" : nil
    }

    private static func notPalette(_ photometric: PhotometricInterpretation) -> String? {
        photometric == .paletteColor ? "it does not take PALETTE COLOR" : nil
    }

    private static func eightBits(_ pixels: PixelDescription) -> String? {
        if let why = unsigned(pixels) { return why }
        guard pixels.bitsAllocated != 8 || pixels.bitsStored != 8 else { return nil }
        return "it takes 8 of 8 bits only, and these samples have \(pixels.bitsStored) of \(pixels.bitsAllocated)"
    }

    private static func rle(_ pixels: PixelDescription, _ photometric: PhotometricInterpretation) -> String? {
        photometric == .ybrFull && pixels.bitsAllocated != 8 ? "it takes YBR_FULL of 8 bits only" : nil
    }

    private static func jpegLS(_ pixels: PixelDescription, _ photometric: PhotometricInterpretation) -> String? {
        if pixels.bitsStored < 2 { return "it takes samples of 2 to 16 bits only" }
        return photometric == .ybrFull && pixels.bitsStored > 8 ? "it takes YBR_FULL of up to 8 bits only" : nil
    }

    private static func video(_ pixels: PixelDescription, _ photometric: PhotometricInterpretation) -> String? {
        if let why = eightBits(pixels) ?? notPalette(photometric) { return why }
        if photometric == .monochrome1 { return "it does not take MONOCHROME1" }
        if pixels.frameCount < 2 { return "it takes cines only" }
        let isEven = pixels.rows.isMultiple(of: 2) && pixels.columns.isMultiple(of: 2)
        return isEven ? nil : "it takes even rows and columns only, not \(pixels.rows) by \(pixels.columns)"
    }
}
