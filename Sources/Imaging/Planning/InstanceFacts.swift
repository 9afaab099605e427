package import DICOM

/// What the planner needs to know of a stored instance.
package struct InstanceFacts: Equatable, Sendable {
    package enum Pixels: Equatable, Sendable {
        /// No top-level Pixel Data: reports, documents, presentation states, waveforms.
        case none
        /// Float or Double Float Pixel Data.
        case float
        /// Pixel Data, but its description is unusable: why.
        case unreadable(String)
        case image(PixelDescription)
    }

    package var sopClassUID: UID
    package var sopInstanceUID: UID
    package var transferSyntax: TransferSyntax
    /// Of the data set as stored.
    package var byteCount: Int
    package var pixels: Pixels
    /// The pixels lost something before: Lossy Image Compression (0028,2110) is 01, or the stored syntax is lossy and
    /// the data set does not say 00, or the syntax has no lossless form at all.
    package var isLossyAlready = false
    package var hasPixelPaddingValue = false
    /// Overlay planes in bits of Pixel Data that hold no sample: a 60xx group without Overlay Data (60xx,3000).
    package var hasEmbeddedOverlay = false
    /// Real World Value Mapping Sequence (0040,9096).
    package var hasRealWorldValueMapping = false
    /// A region whose Pixel Component Organization (0018,6044) maps sample values to a quantity.
    package var hasQuantitativeRegion = false
    /// Frame Time Vector (0018,1065) with intervals that differ: no video can show it faithfully.
    package var hasUnevenFrameTimes = false
    /// Pixel Aspect Ratio (0028,0034) has a value, which a video must not have (PS3.5 8.2.7).
    package var hasPixelAspectRatio = false
    /// By Frame Time (0018,1063); nil when not known.
    package var framesPerSecond: Double?
    /// Digital Signatures Sequence (FFFA,FFFA).
    package var isSigned = false
    /// Part of a Concatenation (0020,9161).
    package var isConcatenationPart = false
    /// A report, key object selection or presentation state of the study refers to it (C 2.2: then it keeps its UID).
    package var isReferenced = false

    package init(
        sopClassUID: UID, sopInstanceUID: UID, transferSyntax: TransferSyntax, byteCount: Int, pixels: Pixels
    ) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntax = transferSyntax
        self.byteCount = byteCount
        self.pixels = pixels
    }

    /// More than one frame.
    package var isCine: Bool {
        if case .image(let description) = pixels { description.frameCount > 1 } else { false }
    }
}
