internal import Imaging
internal import JSON

extension CodecError {
    private enum Kind: String, CaseIterable {
        case malformed, unsupported, mismatch, limit, library
    }

    var json: JSON {
        let kind: Kind =
            switch self {
            case .malformed: .malformed
            case .unsupported: .unsupported
            case .mismatch: .mismatch
            case .limit: .limit
            case .library: .library
            }
        return ["kind": .string(kind.rawValue), "why": .string(description.onOneLine)]
    }

    init?(_ fields: inout Fields) {
        let kind = fields.choice("kind", .required, of: Kind.self)
        let why = fields.string("why", .required, 0...TranscodeError.lengthMax)
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let kind, let why else { return nil }
        switch kind {
        case .malformed: self = .malformed(why)
        case .unsupported: self = .unsupported(why)
        case .mismatch: self = .mismatch(why)
        case .limit: self = .limit(why)
        case .library: self = .library(why)
        }
    }
}

extension TranscodeError {
    /// Characters of a reason; the worker cuts longer ones.
    static let lengthMax = 500

    private enum Kind: String, CaseIterable {
        case codec, gateFailed, verificationFailed, tooLarge, file
    }

    var json: JSON {
        switch self {
        case .codec(let error): ["error": "codec", "codec": error.json]
        case .gateFailed(let figures, let reason):
            ["error": "gateFailed", "figures": figures.wireJSON, "why": .string(reason.onOneLine)]
        case .verificationFailed(let why): ["error": "verificationFailed", "why": .string(why.onOneLine)]
        case .tooLarge(let byteCountMax): ["error": "tooLarge", "byteCountMax": JSON(byteCountMax)]
        case .file(let why): ["error": "file", "why": .string(why.onOneLine)]
        }
    }

    /// Reads what `json` writes; nil when `fields` got an error.
    init?(_ fields: inout Fields) {
        guard let kind = fields.choice("error", .required, of: Kind.self) else { return nil }
        let value: TranscodeError?
        switch kind {
        case .codec:
            let error = fields.object("codec", .required) { CodecError(&$0) } ?? nil
            value = error.map { .codec($0) }
        case .gateFailed:
            let figures = fields.object("figures", .required) { QualityFigures(&$0) } ?? nil
            let why = fields.string("why", .required, 0...Self.lengthMax)
            value = figures.flatMap { figures in why.map { .gateFailed(figures, reason: $0) } }
        case .verificationFailed:
            value = fields.string("why", .required, 0...Self.lengthMax).map { .verificationFailed($0) }
        case .tooLarge:
            value = fields.int("byteCountMax", .required, 0...1 << 48).map { .tooLarge(byteCountMax: $0) }
        case .file: value = fields.string("why", .required, 0...Self.lengthMax).map { .file($0) }
        }
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let value else { return nil }
        self = value
    }
}

extension String {
    /// Free of control characters and not too long for a message; what a library said may be anything.
    fileprivate var onOneLine: String {
        var text = ""
        for scalar in unicodeScalars.prefix(TranscodeError.lengthMax) {
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return text
    }
}
