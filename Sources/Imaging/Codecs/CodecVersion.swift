internal import CCharLS
internal import COpenJPEG
internal import CTurboJPEG

/// Names and versions of the codecs, as reports, derived UIDs and the start-up log give them.
package enum CodecVersion {
    package static let none = "none"
    package static let rle = "Causeway RLE 1"
    package static let jpegLossless = "Causeway JPEG Lossless 1"
    /// Of the headers this program was built with; the library has no call for it.
    package static let turboJPEG = "libjpeg-turbo \(unsafe String(cString: cturbojpeg_version()))"
    package static let charLS = "CharLS \(unsafe String(cString: charls_get_version_string()))"
    package static let openJPEG = "OpenJPEG \(unsafe String(cString: opj_version()))"

    /// All that stand in this program's own codecs and libraries.
    package static let all = [rle, jpegLossless, turboJPEG, charLS, openJPEG]

    /// Which codec encodes with these parameters; the encoder of video is another program, whose
    /// version only that program tells.
    package static func codecName(for parameters: CodecParameters) -> String {
        switch parameters {
        case .native: none
        case .rle: rle
        case .jpegLosslessSV1: jpegLossless
        case .jpegLS: charLS
        case .jpeg2000: openJPEG
        case .jpegBaseline: turboJPEG
        case .h264: "x264"
        }
    }
}
