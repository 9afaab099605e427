internal import DICOM
internal import Domain

/// The levels as data: what is encoded first, the finer steps that follow when the gate is not held (three at most),
/// and the gate itself. All numbers are a judgement of the reference (C 4.3), to be calibrated on a corpus.
enum CompressionLevels {
    /// What a level asks of the worst frame, inside the ultrasound regions. Video exceeds any ratio by nature.
    static func gate(_ level: CompressionLevel, _ parameters: CodecParameters) -> QualityGate? {
        var gate: QualityGate
        switch level {
        case .asStored, .none, .lossless: return nil
        case .nearLossless: return QualityGate(errorMax: 1)
        case .high: gate = QualityGate(psnrMin: 42, ssimMin: 0.98, ratioMax: 10)
        case .standard: gate = QualityGate(psnrMin: 38, ssimMin: 0.96, ratioMax: 12)
        case .review: gate = QualityGate(psnrMin: 34, ratioMax: 20)
        }
        if case .h264 = parameters { gate.ratioMax = nil }
        if case .jpegLS(let near) = parameters { gate.errorMax = near }
        return gate
    }

    /// Parameters of a lossy level in a syntax, the coarsest first; none when the level does not know the syntax.
    static func steps(
        _ level: CompressionLevel, _ syntax: CompressionSyntax, isCine: Bool, isColor: Bool
    ) -> [CodecParameters] {
        switch syntax {
        case .jpegBaseline: jpeg(level, isCine: isCine, isColor: isColor)
        case .jpegLSNearLossless: near(level).map { .jpegLS(near: $0) }
        case .jpeg2000: psnr(level).map { .jpeg2000(psnr: $0) }
        case .h264Level41: rateFactor(level).map { .h264(crf: $0, isLevel42: false) }
        case .h264Level42: rateFactor(level).map { .h264(crf: $0, isLevel42: true) }
        case .rleLossless, .jpegLosslessSV1, .jpegLSLossless, .jpeg2000Lossless: []
        }
    }

    /// Parameters of a lossless syntax; nil for the others.
    static func lossless(_ syntax: CompressionSyntax) -> CodecParameters? {
        switch syntax {
        case .rleLossless: .rle
        case .jpegLosslessSV1: .jpegLosslessSV1
        case .jpegLSLossless: .jpegLS(near: 0)
        case .jpeg2000Lossless: .jpeg2000(psnr: nil)
        case .jpegBaseline, .jpegLSNearLossless, .jpeg2000, .h264Level41, .h264Level42: nil
        }
    }

    /// Color keeps all its samples, as text and color overlays need; cines at `standard` share them at first.
    private static func jpeg(_ level: CompressionLevel, isCine: Bool, isColor: Bool) -> [CodecParameters] {
        let qualities: [Int] =
            switch level {
            case .high: isCine ? [92, 94, 96, 98] : [95, 97, 98, 100]
            case .standard: isCine ? [88, 91, 94, 96] : [90, 93, 95, 97]
            case .review: [75, 80, 85, 90]
            case .asStored, .none, .lossless, .nearLossless: []
            }
        let sharesAtFirst = level == .standard && isCine && isColor
        return qualities.enumerated().map { step, quality in
            .jpegBaseline(quality: quality, step == 0 && sharesAtFirst ? .horizontal : .none)
        }
    }

    private static func near(_ level: CompressionLevel) -> [Int] {
        switch level {
        case .nearLossless, .high: [1]
        case .standard: [2, 1]
        case .review: [3, 2, 1]
        case .asStored, .none, .lossless: []
        }
    }

    private static func psnr(_ level: CompressionLevel) -> [Double] {
        switch level {
        case .high: [45, 47, 49, 51]
        case .standard: [42, 44, 46, 48]
        case .review: [38, 40, 42, 44]
        case .asStored, .none, .lossless, .nearLossless: []
        }
    }

    private static func rateFactor(_ level: CompressionLevel) -> [Int] {
        switch level {
        case .high: [16, 14, 12, 10]
        case .standard: [18, 16, 14, 12]
        case .review: [23, 21, 19, 17]
        case .asStored, .none, .lossless, .nearLossless: []
        }
    }
}
