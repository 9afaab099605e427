internal import DICOM

/// What a level of H.264 can carry (ISO/IEC 14496-10 table A-1), in macroblocks of 16 by 16 pixels, and what a cine
/// must be like to become a video (PS3.5 8.2.7, 8.2.12).
enum VideoLimits {
    private struct Level {
        let frameMax: Int
        let secondMax: Double
    }

    private static func level(_ syntax: TransferSyntax) -> Level {
        syntax == .mpeg4HP422D
            ? Level(frameMax: 8704, secondMax: 522_240) : Level(frameMax: 8192, secondMax: 245_760)
    }

    /// Why the cine cannot become a video of that syntax; nil when it can, or when nothing is known of its speed.
    static func whyNot(_ pixels: PixelDescription, _ facts: InstanceFacts, in syntax: TransferSyntax) -> String? {
        if facts.hasUnevenFrameTimes { return "its frames are not equally far apart in time" }
        if facts.hasPixelAspectRatio { return "it has a Pixel Aspect Ratio" }
        let level = level(syntax)
        let (wide, high) = ((pixels.columns + 15) / 16, (pixels.rows + 15) / 16)
        guard wide * high <= level.frameMax, max(wide * wide, high * high) <= 8 * level.frameMax else {
            return "frames of \(pixels.columns) by \(pixels.rows) are too large for it"
        }
        if let rate = facts.framesPerSecond, rate * Double(wide * high) > level.secondMax {
            return "\(rate) frames of \(pixels.columns) by \(pixels.rows) in a second are too many for it"
        }
        return nil
    }
}
