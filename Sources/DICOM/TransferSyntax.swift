/// How a data set is encoded (PS3.5 10, PS3.6 A-1): one of the registered syntaxes, or any other by its UID.
package struct TransferSyntax: Hashable, Sendable {
    package let uid: UID
    /// The registered name, or the UID itself.
    package let name: String
    private let traits: Traits

    private struct Traits: OptionSet, Sendable {
        let rawValue: UInt8
        static let implicit = Traits(rawValue: 1)
        static let bigEndian = Traits(rawValue: 2)
        static let encapsulated = Traits(rawValue: 4)
        static let deflated = Traits(rawValue: 8)
        static let lossy = Traits(rawValue: 16)
        static let registered = Traits(rawValue: 32)
        static let pixelless = Traits(rawValue: 64)
    }

    /// The registered syntax of this UID; an unknown one counts as encapsulated explicit little endian, which is what
    /// PS3.5 A.4 asks of every later syntax.
    package init(_ uid: UID) {
        if let known = Self.byUID[uid] {
            self = known
        } else {
            self.uid = uid
            name = uid.text
            traits = [.encapsulated]
        }
    }

    private init(uid: UID, name: String, letters: Substring) {
        self.uid = uid
        self.name = name
        var traits: Traits = .registered
        for letter in letters {
            switch letter {
            case "i": traits.insert(.implicit)
            case "b": traits.insert(.bigEndian)
            case "e": traits.insert(.encapsulated)
            case "d": traits.insert(.deflated)
            case "l": traits.insert(.lossy)
            case "r": traits.insert(.pixelless)
            default: break
            }
        }
        self.traits = traits
    }

    package var isExplicit: Bool { !traits.contains(.implicit) }
    package var isLittleEndian: Bool { !traits.contains(.bigEndian) }
    /// Whether Pixel Data is a sequence of fragments.
    package var isEncapsulated: Bool { traits.contains(.encapsulated) }
    /// Whether the whole data set is deflated (PS3.5 A.5).
    package var isDeflated: Bool { traits.contains(.deflated) }
    /// Whether the codec may lose information; some streams in such a syntax do not.
    package var isLossy: Bool { traits.contains(.lossy) }
    package var isRegistered: Bool { traits.contains(.registered) }
    /// Whether the object refers to its pixels or streams them: unfit for storage, refused.
    package var hasNoStoredPixels: Bool { traits.contains(.pixelless) }
    /// Whether Pixel Data is plain, so that a change of syntax needs no codec.
    package var isNative: Bool { isRegistered && !isEncapsulated && !hasNoStoredPixels }

    package static func == (left: Self, right: Self) -> Bool { left.uid == right.uid }
    package func hash(into hasher: inout Hasher) { hasher.combine(uid) }

    /// All registered syntaxes, in the order of the registry.
    package static let registered: [TransferSyntax] = registry.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 3, let uid = UID("1.2.840.10008.1." + parts[0]) else { return nil }
        return TransferSyntax(uid: uid, name: String(parts[2]), letters: parts[1])
    }

    private static let byUID = Dictionary(registered.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
}

extension TransferSyntax: CustomStringConvertible {
    package var description: String { name }
}

extension TransferSyntax {
    package static let implicitVRLittleEndian = TransferSyntax(UID(literal: "1.2.840.10008.1.2"))
    package static let explicitVRLittleEndian = TransferSyntax(UID(literal: "1.2.840.10008.1.2.1"))
    package static let explicitVRBigEndian = TransferSyntax(UID(literal: "1.2.840.10008.1.2.2"))
    package static let deflatedExplicitVRLittleEndian = TransferSyntax(UID(literal: "1.2.840.10008.1.2.1.99"))
    package static let encapsulatedUncompressed = TransferSyntax(UID(literal: "1.2.840.10008.1.2.1.98"))
    package static let deflatedImageFrame = TransferSyntax(UID(literal: "1.2.840.10008.1.2.8.1"))
    package static let rleLossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.5"))
    package static let jpegBaseline = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.50"))
    package static let jpegExtended = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.51"))
    package static let jpegLossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.57"))
    package static let jpegLosslessSV1 = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.70"))
    package static let jpegLSLossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.80"))
    package static let jpegLSNearLossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.81"))
    package static let jpeg2000Lossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.90"))
    package static let jpeg2000 = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.91"))
    package static let mpeg4HP41 = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.102"))
    package static let mpeg4HP422D = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.104"))
    package static let htj2kLossless = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.201"))
    package static let htj2kLosslessRPCL = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.202"))
    package static let htj2k = TransferSyntax(UID(literal: "1.2.840.10008.1.2.4.203"))
}

/// UID below 1.2.840.10008.1, traits (implicit, big endian, encapsulated, deflated, lossy, refers to its pixels), name.
private let registry = """
    2|i|Implicit VR Little Endian
    2.1||Explicit VR Little Endian
    2.1.98|e|Encapsulated Uncompressed Explicit VR Little Endian
    2.1.99|d|Deflated Explicit VR Little Endian
    2.2|b|Explicit VR Big Endian
    2.4.50|el|JPEG Baseline (Process 1)
    2.4.51|el|JPEG Extended (Process 2 and 4)
    2.4.52|el|JPEG Extended (Process 3 and 5)
    2.4.53|el|JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)
    2.4.54|el|JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)
    2.4.55|el|JPEG Full Progression, Non-Hierarchical (Process 10 and 12)
    2.4.56|el|JPEG Full Progression, Non-Hierarchical (Process 11 and 13)
    2.4.57|e|JPEG Lossless, Non-Hierarchical (Process 14)
    2.4.58|e|JPEG Lossless, Non-Hierarchical (Process 15)
    2.4.59|el|JPEG Extended, Hierarchical (Process 16 and 18)
    2.4.60|el|JPEG Extended, Hierarchical (Process 17 and 19)
    2.4.61|el|JPEG Spectral Selection, Hierarchical (Process 20 and 22)
    2.4.62|el|JPEG Spectral Selection, Hierarchical (Process 21 and 23)
    2.4.63|el|JPEG Full Progression, Hierarchical (Process 24 and 26)
    2.4.64|el|JPEG Full Progression, Hierarchical (Process 25 and 27)
    2.4.65|e|JPEG Lossless, Hierarchical (Process 28)
    2.4.66|e|JPEG Lossless, Hierarchical (Process 29)
    2.4.70|e|JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])
    2.4.80|e|JPEG-LS Lossless Image Compression
    2.4.81|el|JPEG-LS Lossy (Near-Lossless) Image Compression
    2.4.90|e|JPEG 2000 Image Compression (Lossless Only)
    2.4.91|el|JPEG 2000 Image Compression
    2.4.92|e|JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)
    2.4.93|el|JPEG 2000 Part 2 Multi-component Image Compression
    2.4.94|r|JPIP Referenced
    2.4.95|dr|JPIP Referenced Deflate
    2.4.100|el|MPEG2 Main Profile / Main Level
    2.4.100.1|el|Fragmentable MPEG2 Main Profile / Main Level
    2.4.101|el|MPEG2 Main Profile / High Level
    2.4.101.1|el|Fragmentable MPEG2 Main Profile / High Level
    2.4.102|el|MPEG-4 AVC/H.264 High Profile / Level 4.1
    2.4.102.1|el|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1
    2.4.103|el|MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1
    2.4.103.1|el|Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1
    2.4.104|el|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video
    2.4.104.1|el|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video
    2.4.105|el|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video
    2.4.105.1|el|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video
    2.4.106|el|MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2
    2.4.106.1|el|Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2
    2.4.107|el|HEVC/H.265 Main Profile / Level 5.1
    2.4.108|el|HEVC/H.265 Main 10 Profile / Level 5.1
    2.4.110|e|JPEG XL Lossless
    2.4.111|el|JPEG XL JPEG Recompression
    2.4.112|el|JPEG XL
    2.4.201|e|High-Throughput JPEG 2000 Image Compression (Lossless Only)
    2.4.202|e|High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)
    2.4.203|el|High-Throughput JPEG 2000 Image Compression
    2.4.204|r|JPIP HTJ2K Referenced
    2.4.205|dr|JPIP HTJ2K Referenced Deflate
    2.5|e|RLE Lossless
    2.6.1|r|RFC 2557 MIME encapsulation
    2.6.2|r|XML Encoding
    2.7.1|r|SMPTE ST 2110-20 Uncompressed Progressive Active Video
    2.7.2|r|SMPTE ST 2110-20 Uncompressed Interlaced Active Video
    2.7.3|r|SMPTE ST 2110-30 PCM Digital Audio
    2.8.1|e|Deflated Image Frame Compression
    """
