import DICOM
import Domain
import Imaging

/// Facts and policies for the tests of the planner, and plans in one line.
enum PlannerFixture {
    static let sopClass = SOPClass.ultrasoundImage.uid

    /// Pixels as in `RGB 8/8 480x640x1`: bits stored of bits allocated, rows, columns and frames.
    static func pixels(
        _ photometric: String = "RGB", _ bits: (stored: Int, allocated: Int) = (8, 8), frames: Int = 1,
        signed: Bool = false, size: (rows: Int, columns: Int) = (480, 640)
    ) throws(CodecError) -> PixelDescription {
        var dataSet = DataSet()
        dataSet.set(.rows, UInt16(size.rows))
        dataSet.set(.columns, UInt16(size.columns))
        let isColor = !["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"].contains(photometric)
        dataSet.set(.samplesPerPixel, UInt16(isColor ? 3 : 1))
        dataSet.set(.bitsAllocated, UInt16(bits.allocated))
        dataSet.set(.bitsStored, UInt16(bits.stored))
        dataSet.set(.highBit, UInt16(bits.stored - 1))
        dataSet.set(.pixelRepresentation, UInt16(signed ? 1 : 0))
        dataSet.set(.photometricInterpretation, photometric)
        dataSet.set(.planarConfiguration, UInt16(0))
        dataSet.set(.numberOfFrames, "\(frames)")
        return try PixelDescription(dataSet)
    }

    static func facts(
        _ pixels: PixelDescription, in syntax: TransferSyntax, _ change: (inout InstanceFacts) -> Void = { _ in }
    ) -> InstanceFacts {
        // Codestreams are taken for a tenth of their pixels.
        let byteCount = syntax.isNative ? pixels.nativeByteCount : pixels.nativeByteCount / 10 + 1
        var facts = self.facts(.image(pixels), in: syntax)
        facts.byteCount = byteCount + 4096
        facts.isLossyAlready = syntax.isLossy
        change(&facts)
        return facts
    }

    static func facts(_ pixels: InstanceFacts.Pixels, in syntax: TransferSyntax) -> InstanceFacts {
        // A literal UID cannot be wrong, and these stand in the registry.
        InstanceFacts(
            sopClassUID: sopClass, sopInstanceUID: TransferSyntax.rleLossless.uid, transferSyntax: syntax,
            byteCount: 4096, pixels: pixels)
    }

    static func policy(
        _ level: CompressionLevel, _ syntax: String? = nil, _ change: (inout CompressionPolicy) -> Void = { _ in }
    ) -> CompressionPolicy {
        var policy = CompressionPolicy()
        policy.image = level
        policy.cine = level
        policy.imageTransferSyntaxUID = syntax.map { self.syntax($0).uid.text }
        policy.cineTransferSyntaxUID = policy.imageTransferSyntaxUID
        change(&policy)
        return policy
    }

    static func plan(
        _ facts: InstanceFacts, _ policy: CompressionPolicy, refused: [TransferSyntax] = [], video: Bool = false
    ) -> TransferPlan {
        var accepts = DestinationCapabilities()
        for syntax in refused { accepts[facts.sopClassUID, syntax] = .refused }
        return TransferPlanner.plan(
            facts, policy, accepts: accepts, environment: PlannerEnvironment(hasVideoEncoder: video))
    }

    /// `.50` is 1.2.840.10008.1.2.4.50; the others have names of their own.
    static func syntax(_ code: String) -> TransferSyntax {
        switch code {
        case "ILE": .implicitVRLittleEndian
        case "ELE": .explicitVRLittleEndian
        case "BE": .explicitVRBigEndian
        case "DEF": .deflatedExplicitVRLittleEndian
        case "ENC": .encapsulatedUncompressed
        case "DIF": .deflatedImageFrame
        case "RLE": .rleLossless
        default: UID("1.2.840.10008.1.2.4" + code).map { TransferSyntax($0) } ?? .implicitVRLittleEndian
        }
    }

    static func code(_ syntax: TransferSyntax) -> String {
        for code in ["ILE", "ELE", "BE", "DEF", "ENC", "DIF", "RLE"] where self.syntax(code) == syntax { return code }
        return String(syntax.uid.text.dropFirst("1.2.840.10008.1.2.4".count))
    }

    /// The rungs in order: `=` as stored, `~` encoded anew without a codec, otherwise transcoded.
    static func line(_ plan: TransferPlan) -> String {
        plan.rungs.map { rung in
            switch rung.way {
            case .asStored: "=" + code(rung.transferSyntax)
            case .reencoded(let syntax): "~" + code(syntax)
            case .transcoded: code(rung.transferSyntax)
            }
        }.joined(separator: " ")
    }
}
