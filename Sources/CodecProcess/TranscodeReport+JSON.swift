internal import DICOM
internal import Imaging
internal import JSON

extension QualityFigures {
    var wireJSON: JSON {
        ["psnr": psnr.map { .double($0) } ?? .null, "ssim": .double(ssim), "ratio": .double(ratio)]
    }

    init?(_ fields: inout Fields) {
        let psnr = fields.double("psnr", .optional, -1000...1000)
        let ssim = fields.double("ssim", .required, -1...1)
        let ratio = fields.double("ratio", .required, 0...1e12)
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let ssim, let ratio else { return nil }
        self.init(psnr: psnr, ssim: ssim, ratio: ratio)
    }
}

extension TranscodeReport {
    /// `json` of the report is for people; this keeps apart what must come back exactly.
    var wireJSON: JSON {
        [
            "sourceSOPInstanceUID": .string(sourceSOPInstanceUID.text), "sopInstanceUID": .string(sopInstanceUID.text),
            "from": .string(from.uid.text), "to": .string(to.uid.text), "codec": .string(codec),
            "parameters": .string(parameters), "lossy": .bool(isLossy), "frames": JSON(frameCount),
            "nativeBytes": JSON(nativeByteCount), "encodedBytes": JSON(encodedByteCount),
            "quality": quality?.wireJSON ?? .null,
        ]
    }

    /// Reads what `wireJSON` writes; nil when `fields` got an error. Every number is in a range that sums cannot leave.
    init?(_ fields: inout Fields) {
        let source = fields.parsed("sourceSOPInstanceUID", .required, "must be a UID") { UID($0) }
        let result = fields.parsed("sopInstanceUID", .required, "must be a UID") { UID($0) }
        let from = fields.parsed("from", .required, "must be a UID") { UID($0) }
        let to = fields.parsed("to", .required, "must be a UID") { UID($0) }
        let codec = fields.string("codec", .required, 1...200)
        let parameters = fields.string("parameters", .required, 0...200)
        let isLossy = fields.bool("lossy", .required)
        let frameCount = fields.int("frames", .required, 0...1_000_000_000)
        let nativeByteCount = fields.int("nativeBytes", .required, 0...1 << 48)
        let encodedByteCount = fields.int("encodedBytes", .required, 0...1 << 48)
        let quality = fields.object("quality") { QualityFigures(&$0) } ?? nil
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let source, let result, let from, let to, let codec, let parameters, let isLossy,
            let frameCount, let nativeByteCount, let encodedByteCount
        else { return nil }
        self.init(
            sourceSOPInstanceUID: source, sopInstanceUID: result, from: TransferSyntax(from), to: TransferSyntax(to),
            codec: codec, parameters: parameters, isLossy: isLossy, frameCount: frameCount,
            nativeByteCount: nativeByteCount, encodedByteCount: encodedByteCount, quality: quality)
    }
}
