package import Imaging
package import JSON

extension CodecParameters {
    /// For the way to the codec process and for keys: equal parameters have equal JSON, others another.
    package var json: JSON {
        switch self {
        case .native: ["codec": "native"]
        case .rle: ["codec": "rle"]
        case .jpegLosslessSV1: ["codec": "jpegLosslessSV1"]
        case .jpegLS(let near): ["codec": "jpegLS", "near": JSON(near)]
        case .jpeg2000(let psnr): ["codec": "jpeg2000", "psnr": psnr.map { .double($0) } ?? .null]
        case .jpegBaseline(let quality, let chroma):
            ["codec": "jpegBaseline", "quality": JSON(quality), "chroma": .string(chroma.rawValue)]
        case .h264(let crf, let isLevel42): ["codec": "h264", "crf": JSON(crf), "level42": .bool(isLevel42)]
        }
    }

    private enum Name: String, CaseIterable {
        case native, rle, jpegLosslessSV1, jpegLS, jpeg2000, jpegBaseline, h264
    }

    /// Reads what `json` writes; nil when `fields` got an error.
    init?(_ fields: inout Fields) {
        guard let name = fields.choice("codec", .required, of: Name.self) else { return nil }
        switch name {
        case .native: self = .native
        case .rle: self = .rle
        case .jpegLosslessSV1: self = .jpegLosslessSV1
        case .jpegLS:
            guard let near = fields.int("near", .required, 0...65_535) else { return nil }
            self = .jpegLS(near: near)
        case .jpeg2000:
            let psnr = fields.double("psnr", .optional, 1...1000)
            guard fields.errors.isEmpty else { return nil }
            self = .jpeg2000(psnr: psnr)
        case .jpegBaseline:
            let quality = fields.int("quality", .required, 1...100)
            guard let chroma = fields.choice("chroma", .required, of: ChromaSubsampling.self), let quality else {
                return nil
            }
            self = .jpegBaseline(quality: quality, chroma)
        case .h264:
            let crf = fields.int("crf", .required, 0...51)
            guard let isLevel42 = fields.bool("level42", .required), let crf else { return nil }
            self = .h264(crf: crf, isLevel42: isLevel42)
        }
        fields.rejectUnknown()
        guard fields.errors.isEmpty else { return nil }
    }
}
