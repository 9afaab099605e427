package import JSON

/// The member `compression` of an integration.
extension CompressionPolicy {
    /// Reads the members and checks them against each other; what is wrong is collected in `fields`.
    package init(_ fields: inout Fields) {
        let imageLevel = Self.level("image", &fields)
        let cineLevel = Self.level("cine", &fields)
        image = imageLevel ?? image
        cine = cineLevel ?? cine
        lossyUID = fields.choice("lossyUID") ?? lossyUID
        allowRecompressLossy = fields.bool("allowRecompressLossy") ?? allowRecompressLossy
        maxInstanceBytes = fields.int("maxInstanceBytes", .optional, Self.maxInstanceBytesRange) ?? maxInstanceBytes
        videoAllowed = fields.bool("videoAllowed") ?? videoAllowed
        imageTransferSyntaxUID = Self.syntax("imageTransferSyntax", level: imageLevel, video: .never, &fields)
        cineTransferSyntaxUID = Self.syntax(
            "cineTransferSyntax", level: cineLevel, video: videoAllowed ? .allowed : .notAllowed, &fields)
        fields.rejectUnknown()
    }

    package var json: JSON {
        [
            "image": .string(image.rawValue), "cine": .string(cine.rawValue),
            "imageTransferSyntax": imageTransferSyntaxUID.map { .string($0) } ?? .null,
            "cineTransferSyntax": cineTransferSyntaxUID.map { .string($0) } ?? .null,
            "lossyUID": .string(lossyUID.rawValue), "allowRecompressLossy": .bool(allowRecompressLossy),
            "maxInstanceBytes": JSON(maxInstanceBytes), "videoAllowed": .bool(videoAllowed),
        ]
    }

    private enum Video { case never, notAllowed, allowed }

    /// The default when the member is missing; nil when it is wrong, so that nothing else is judged by it.
    private static func level(_ name: String, _ fields: inout Fields) -> CompressionLevel? {
        let isMissing = !fields.has(name) || fields.isNull(name)
        return fields.choice(name) ?? (isMissing ? .asStored : nil)
    }

    private static func syntax(
        _ name: String, level: CompressionLevel?, video: Video, _ fields: inout Fields
    ) -> String? {
        let known = CompressionSyntax.allCases.filter { video != .never || !$0.isVideo }
        let message = "must be one of " + known.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let chosen = fields.parsed(name, .optional, message) { text in known.first { $0.rawValue == text } }
        guard let chosen else { return nil }
        if let level, !chosen.levels.contains(level) {
            fields.error(name, misfit(chosen, level))
            return nil
        }
        guard !chosen.isVideo || video == .allowed else {
            fields.error(name, "is video, which needs \"videoAllowed\": true")
            return nil
        }
        return chosen.rawValue
    }

    private static func misfit(_ syntax: CompressionSyntax, _ level: CompressionLevel) -> String {
        let fitting = CompressionSyntax.allCases.filter { $0.levels.contains(level) }.map { "\"\($0.rawValue)\"" }
        guard !fitting.isEmpty else {
            return "must be left out with the level \"\(level.rawValue)\", which compresses nothing"
        }
        let asked = "the level \"\(level.rawValue)\""
        let problem =
            switch (syntax.levels.contains(.lossless), level.isLossy) {
            case (false, false): "is lossy, unlike \(asked)"
            case (true, true): "is lossless, unlike \(asked)"
            default: "does not keep what \(asked) promises"
            }
        return "\(problem); it takes " + fitting.joined(separator: ", ")
    }
}
