/// What the samples of a pixel mean, Photometric Interpretation (0028,0004) (PS3.3 C.7.6.3.1.2).
package enum PhotometricInterpretation: String, Sendable, CaseIterable {
    case monochrome1 = "MONOCHROME1"
    case monochrome2 = "MONOCHROME2"
    case paletteColor = "PALETTE COLOR"
    case rgb = "RGB"
    case ybrFull = "YBR_FULL"
    case ybrFull422 = "YBR_FULL_422"
    case ybrPartial420 = "YBR_PARTIAL_420"
    case ybrPartial422 = "YBR_PARTIAL_422"
    case ybrICT = "YBR_ICT"
    case ybrRCT = "YBR_RCT"

    /// One sample per pixel, or three.
    package var samplesPerPixel: Int {
        switch self {
        case .monochrome1, .monochrome2, .paletteColor: 1
        case .rgb, .ybrFull, .ybrFull422, .ybrPartial420, .ybrPartial422, .ybrICT, .ybrRCT: 3
        }
    }

    /// Grey levels that mean brightness.
    package var isMonochrome: Bool { self == .monochrome1 || self == .monochrome2 }

    /// In native pixels the chroma samples are shared by neighbours, so that a pixel has fewer bytes than samples.
    package var isSubsampled: Bool { self == .ybrFull422 || self == .ybrPartial422 || self == .ybrPartial420 }
}
