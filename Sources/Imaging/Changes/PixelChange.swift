package import DICOM
package import Domain

/// What was done to the pixels of an object, as far as its other elements have to say so.
package struct PixelChange: Equatable, Sendable {
    /// The syntax that the pixels were stored in.
    package var from: TransferSyntax
    package var to: CodecParameters
    /// Name and version, such as `libjpeg-turbo 2.1.5`.
    package var codec: String
    /// Of the decoded samples that were encoded: `monochrome1`, `monochrome2`, `paletteColor`, `rgb` or `ybrFull`.
    package var photometric: PhotometricInterpretation
    /// The pixels as they were stored.
    package var source: PixelDescription
    /// Native bytes over encoded bytes of this step. It may be provisional: the elements take the same room whatever
    /// it is.
    package var ratio: Double
    /// Whether the stored pixels had lost something before, whatever their data set says.
    package var wasLossy: Bool
    package var lossyUID: CompressionPolicy.LossyUID
    /// The one that the object carries afterwards: another one only for a lossy step under `LossyUID.new`.
    package var sopInstanceUID: UID

    package init(
        from: TransferSyntax, to: CodecParameters, codec: String, photometric: PhotometricInterpretation,
        source: PixelDescription, ratio: Double, wasLossy: Bool, lossyUID: CompressionPolicy.LossyUID,
        sopInstanceUID: UID
    ) {
        self.from = from
        self.to = to
        self.codec = codec
        self.photometric = photometric
        self.source = source
        self.ratio = ratio
        self.wasLossy = wasLossy
        self.lossyUID = lossyUID
        self.sopInstanceUID = sopInstanceUID
    }

    /// Whether the object must carry another SOP Instance UID than its source (PS3.3 C.7.6.1.1.5).
    var needsNewUID: Bool { to.isLossy && lossyUID == .new }
}
