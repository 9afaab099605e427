package import Bytes

/// Why an object cannot be taken in, or what is odd about it; the texts name tag and cause.
package enum InstanceHeaderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not a DICOM file or data set.
    case unreadable(WireError)
    case missing(Tag)
    case invalid(Tag, String)
    /// The UID in the file meta information or the C-STORE command is not that of the data set.
    case mismatch(Tag, announced: UID, found: UID)
    /// The object has no pixels of its own, or is not meant to be stored.
    case unfitSyntax(TransferSyntax)

    package var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .missing(let tag): "\(tag) is missing"
        case .invalid(let tag, let why): "\(tag): \(why)"
        case .mismatch(let tag, let announced, let found): "\(tag) is \(found), but \(announced) was announced"
        case .unfitSyntax(let syntax): "\(syntax) objects cannot be stored"
        }
    }
}

/// What is to be known of an object to file and route it: everything before Pixel Data that matters.
package struct InstanceHeader: Equatable, Sendable {
    package struct PixelData: Equatable, Sendable {
        /// (7FE0,0008), (7FE0,0009) or (7FE0,0010).
        package let tag: Tag
        /// Bytes; nil for fragments.
        package let byteCount: Int?
        /// Offset of the element in the file, or in the bare data set; nil when deflated.
        package let offset: Int?
        /// Offset of the value, counted alike.
        package let valueOffset: Int?
    }

    package struct Image: Equatable, Sendable {
        package let frameCount: Int
        package let rows: Int
        package let columns: Int
        package let samplesPerPixel: Int
        package let bitsAllocated: Int
        package let bitsStored: Int
        package let isSigned: Bool
        package let photometricInterpretation: String

        /// Bytes of all frames when not compressed; nil when it does not fit 63 bits.
        package var nativeByteCount: Int? {
            var bits = bitsAllocated
            for factor in [rows, columns, samplesPerPixel, frameCount] {
                let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
                if overflow { return nil }
                bits = product
            }
            return bits / 8 + (bits % 8 == 0 ? 0 : 1)
        }
    }

    package let transferSyntax: TransferSyntax
    /// Offset of the data set in the file; 0 for a bare data set.
    package let dataSetOffset: Int
    package let sopClass: SOPClass
    package let sopInstanceUID: UID
    package let studyInstanceUID: UID
    package let seriesInstanceUID: UID
    package let patientID: String?
    /// As written, decoded: `Family^Given=...`.
    package let patientName: String?
    /// YYYYMMDD as written.
    package let patientBirthDate: String?
    package let patientSex: String?
    package let accessionNumber: String?
    package let studyDate: String?
    package let studyTime: String?
    package let studyID: String?
    package let studyDescription: String?
    package let seriesDescription: String?
    package let seriesNumber: Int?
    package let instanceNumber: Int?
    package let modality: String?
    /// Nil when there are no pixels.
    package let pixelData: PixelData?
    /// Nil when there are no pixels, or when one of `problems` says why their description is not usable.
    package let image: Image?
    /// What is wrong, but no reason to refuse the object.
    package let problems: [InstanceHeaderError]
    package let irregularities: DataSetIrregularities
}
