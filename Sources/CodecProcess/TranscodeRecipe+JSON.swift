package import Imaging
package import JSON
internal import Domain

extension QualityGate {
    var json: JSON {
        [
            "psnrMin": psnrMin.map { .double($0) } ?? .null, "ssimMin": ssimMin.map { .double($0) } ?? .null,
            "ratioMax": ratioMax.map { .double($0) } ?? .null, "errorMax": JSON(errorMax),
        ]
    }

    init(_ fields: inout Fields) {
        self.init(
            psnrMin: fields.double("psnrMin", .optional, 0...1000),
            ssimMin: fields.double("ssimMin", .optional, -1...1),
            ratioMax: fields.double("ratioMax", .optional, 0...1e9),
            errorMax: fields.int("errorMax", .optional, 0...65_535))
        fields.rejectUnknown()
    }
}

extension TranscodeRecipe {
    /// For the way to the codec process and for keys: equal recipes have equal JSON, others another.
    package var json: JSON {
        [
            "parameters": parameters.json, "finer": .array(finer.map(\.json)), "gate": gate?.json ?? .null,
            "lossyUID": .string(lossyUID.rawValue), "byteCountMax": JSON(byteCountMax),
            "verified": .bool(isVerified),
        ]
    }

    /// Reads what `json` writes; nil when `fields` got an error.
    init?(_ fields: inout Fields) {
        let parameters = fields.object("parameters", .required) { CodecParameters(&$0) } ?? nil
        let finer = fields.objects("finer", .required, 0...64) { CodecParameters(&$0) }
        let gate = fields.object("gate") { QualityGate(&$0) }
        let lossyUID = fields.choice("lossyUID", .required, of: CompressionPolicy.LossyUID.self)
        let byteCountMax = fields.int("byteCountMax", .required, 0...1 << 48)
        let isVerified = fields.bool("verified", .required)
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let parameters, let finer, let lossyUID, let byteCountMax, let isVerified else {
            return nil
        }
        self.init(parameters)
        self.finer = finer.compactMap(\.self)
        self.gate = gate
        self.lossyUID = lossyUID
        self.byteCountMax = byteCountMax
        self.isVerified = isVerified
    }
}
