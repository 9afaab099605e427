internal import DICOM
internal import Domain

/// What stands against touching the pixels of an object; one sentence each.
enum TranscodeBarriers {
    /// Why the pixels stay as they are whatever the policy says; nil when they may be decoded and encoded anew (C 2.3).
    static func neverTranscoded(_ facts: InstanceFacts) -> String? {
        let pixels: PixelDescription
        switch facts.pixels {
        case .none: return "The object has no pixels, so it is passed on as it is."
        case .float: return "Pixels in floating point are passed on as they are."
        case .unreadable(let why):
            return "The pixels are passed on as they are, since their description is wrong: \(why)."
        case .image(let description): pixels = description
        }
        if !facts.transferSyntax.isRegistered {
            return "The transfer syntax \(facts.transferSyntax.uid) is not known, so the object is passed on as it is."
        }
        if pixels.bitsAllocated == 1 { return "Pixels of one bit are passed on as they are." }
        if facts.isSigned { return "The object is signed digitally, and a change would break the signature." }
        if facts.isConcatenationPart { return "The object is a part of a concatenation, which stays as it is." }
        if facts.hasEmbeddedOverlay {
            return "An overlay lies in bits of the pixels that hold no sample, and a codec would lose it."
        }
        let syntax = facts.transferSyntax
        guard !syntax.isNative, let why = SyntaxCapabilities.whyNotDecoded(pixels, in: syntax) else { return nil }
        return "The pixels are passed on as they are: \(why)."
    }

    /// Why the pixels may be encoded without loss only; nil when the level may be lossy (C 2.1, 2.2, 2.4).
    static func neverLossy(_ facts: InstanceFacts, _ policy: CompressionPolicy) -> String? {
        guard case .image(let pixels) = facts.pixels else { return nil }
        if facts.isLossyAlready, !policy.allowRecompressLossy {
            return "The pixels lost something before, and the integration does not allow a second lossy step."
        }
        if pixels.photometric == .paletteColor {
            return "Pixels that are entries of a palette are compressed without loss only."
        }
        if pixels.isSigned { return "Signed pixels are compressed without loss only." }
        if facts.hasPixelPaddingValue {
            return "Pixels with a padding value are compressed without loss only: a codec would blur its edge."
        }
        if facts.hasRealWorldValueMapping {
            return "Pixels that are mapped to real world values are compressed without loss only."
        }
        if facts.hasQuantitativeRegion {
            return "Pixels that stand for a measured quantity in a region are compressed without loss only."
        }
        if facts.isReferenced, policy.lossyUID == .new {
            return "A report, key object selection or presentation state refers to the image, so it keeps its UID "
                + "and is compressed without loss only."
        }
        return nil
    }
}
