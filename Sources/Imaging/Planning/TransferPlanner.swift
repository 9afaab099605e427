internal import DICOM
package import Domain

/// Decides in which ways an instance may go to a destination, best first (C 2.1 to 2.6). Pure: equal arguments give
/// equal plans.
///
/// A lossy rung comes from the policy alone, never from a fallback, and never twice over the same pixels unless the
/// policy allows it.
package enum TransferPlanner {
    package static func plan(
        _ facts: InstanceFacts, _ policy: CompressionPolicy, accepts: DestinationCapabilities,
        environment: PlannerEnvironment
    ) -> TransferPlan {
        guard !facts.transferSyntax.hasNoStoredPixels else {
            let name = SyntaxCapabilities.name(facts.transferSyntax)
            return TransferPlan(rungs: [], notes: ["\(name) refers to pixels elsewhere: there is nothing to send."])
        }
        var ladder = RungLadder(facts, policy)
        if let barrier = TranscodeBarriers.neverTranscoded(facts) {
            ladder.passOn(because: barrier)
        } else if case .image(let pixels) = facts.pixels {
            var image = ImagePlanner(pixels, policy, environment, ladder)
            image.plan()
            ladder = image.ladder
        }
        return ladder.finished(accepts)
    }
}

/// The part of the planner for objects whose pixels may be encoded anew.
private struct ImagePlanner {
    private let pixels: PixelDescription
    private let policy: CompressionPolicy
    private let environment: PlannerEnvironment
    private let level: CompressionLevel
    /// What the policy names instead of the level's own syntax.
    private let explicit: CompressionSyntax?
    private let isCine: Bool
    private(set) var ladder: RungLadder

    private var facts: InstanceFacts { ladder.facts }
    private var source: TransferSyntax { facts.transferSyntax }
    private var kind: String { isCine ? "cines" : "images" }

    init(
        _ pixels: PixelDescription, _ policy: CompressionPolicy, _ environment: PlannerEnvironment,
        _ ladder: RungLadder
    ) {
        self.pixels = pixels
        self.policy = policy
        self.environment = environment
        self.ladder = ladder
        isCine = ladder.facts.isCine
        level = isCine ? policy.cine : policy.image
        let uid = isCine ? policy.cineTransferSyntaxUID : policy.imageTransferSyntaxUID
        explicit = uid.flatMap { CompressionSyntax(rawValue: $0) }
    }

    mutating func plan() {
        if let explicit, !explicit.levels.contains(level) {
            ladder.note("\(explicit.name) does not fit the level \(level.rawValue) and is not used.")
        }
        switch level {
        case .asStored: asStored()
        case .none: uncompressed()
        case .lossless: lossless(explicit)
        case .nearLossless, .high, .standard, .review: lossy()
        }
    }

    // MARK: Levels

    private mutating func asStored() {
        ladder.addStored("As stored: the level \(level.rawValue) for \(kind) changes nothing.")
        // What is stored without a codec goes without one as long as the destination lets it.
        if source.isNative { addNative() }
        addLosslessCodecs()
        addNative()
    }

    private mutating func uncompressed() {
        let asked = "level \(level.rawValue) for \(kind)."
        if source == .implicitVRLittleEndian {
            ladder.addStored("As stored, in \(SyntaxCapabilities.name(source)): \(asked)")
        }
        for syntax in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian] {
            ladder.addNative(syntax, "\(SyntaxCapabilities.name(syntax)): \(asked)", isAsked: true)
        }
        addStoredLast()
    }

    /// - Parameter explicit: the lossless syntax that the policy names.
    private mutating func lossless(_ explicit: CompressionSyntax?) {
        let isCompressed = source.isEncapsulated && source != .encapsulatedUncompressed
        if isCompressed {
            let what =
                facts.isLossyAlready ? "the pixels lost something before and lose no more" : "it has no loss"
            ladder.addStored("As stored, in \(SyntaxCapabilities.name(source)): \(what).")
        }
        if let explicit, let parameters = CompressionLevels.lossless(explicit) {
            addCodec(parameters, "\(explicit.name): asked for \(kind), no sample changes.")
        }
        addLosslessCodecs(isAsked: !isCompressed)
        addNative()
        addStoredLast()
    }

    private mutating func lossy() {
        if let why = TranscodeBarriers.neverLossy(facts, policy) {
            ladder.note(why)
            return lossless(nil)
        }
        guard let recipe = lossyRecipe() else { return lossless(nil) }
        let name = SyntaxCapabilities.name(recipe.transferSyntax)
        ladder.addCodec(recipe, "\(name) \(recipe.parameters.summary): level \(level.rawValue) for \(kind).")
        if facts.isLossyAlready {
            ladder.addStored("As stored: the pixels lost something before and would lose no more.")
        }
        addLosslessCodecs()
        addNative()
        addStoredLast()
    }

    // MARK: The lossy target

    private func lossyRecipe(_ syntax: CompressionSyntax) -> TranscodeRecipe? {
        let photometric = SyntaxCapabilities.decoded(pixels, in: source).photometric
        let isColor = !photometric.isMonochrome
        let steps = CompressionLevels.steps(level, syntax, isCine: isCine, isColor: isColor)
        guard let first = steps.first else { return nil }
        var recipe = TranscodeRecipe(first)
        recipe.finer = Array(steps.dropFirst())
        recipe.gate = CompressionLevels.gate(level, first)
        return recipe
    }

    /// The syntax that the policy or the level names, if the pixels fit it; video that does not fit gives way to JPEG.
    private mutating func lossyRecipe() -> TranscodeRecipe? {
        let usual = level == .nearLossless ? CompressionSyntax.jpegLSNearLossless : .jpegBaseline
        let asked = explicit.flatMap { $0.levels.contains(level) ? $0 : nil } ?? usual
        for syntax in asked.isVideo ? [asked, usual] : [asked] {
            guard let recipe = lossyRecipe(syntax) else { continue }
            guard let why = whyNot(syntax, recipe.transferSyntax) else { return recipe }
            ladder.note("\(syntax.name) is left out: \(why).")
        }
        return nil
    }

    private func whyNot(_ syntax: CompressionSyntax, _ target: TransferSyntax) -> String? {
        let photometric = SyntaxCapabilities.decoded(pixels, in: source).photometric
        if syntax.isVideo {
            if !isCine { return "it is for cines only" }
            if !policy.videoAllowed { return "the integration does not allow video" }
            if !environment.hasVideoEncoder { return "no ffmpeg with an H.264 encoder is installed" }
            if let why = VideoLimits.whyNot(pixels, facts, in: target) { return why }
        }
        return SyntaxCapabilities.whyNotEncoded(pixels, photometric, in: target)
    }

    // MARK: What no sample is changed by

    private mutating func addLosslessCodecs(isAsked: Bool = false) {
        let why = "in case the destination refuses what stands before it, no sample changes."
        let first = isAsked && ladder.isEmpty ? "level lossless, no sample changes." : why
        addCodec(.jpegLosslessSV1, "\(SyntaxCapabilities.name(.jpegLosslessSV1)): \(first)")
        addCodec(.jpeg2000(psnr: nil), "\(SyntaxCapabilities.name(.jpeg2000Lossless)): \(why)")
    }

    private mutating func addCodec(_ parameters: CodecParameters, _ reason: String) {
        let syntax = parameters.transferSyntax
        // A stored object in the syntax goes as it is, whatever its pixels are.
        guard syntax != source else { return ladder.addStored(reason) }
        let (photometric, isExact) = SyntaxCapabilities.decoded(pixels, in: source)
        let cannot = SyntaxCapabilities.whyNotEncoded(pixels, photometric, in: syntax)
        let inexact = isExact ? nil : "\(pixels.photometric.rawValue) shares samples and cannot be kept exactly"
        if let why = inexact ?? cannot {
            ladder.note("\(SyntaxCapabilities.name(syntax)) is left out: \(why).")
        } else {
            ladder.addCodec(TranscodeRecipe(parameters), reason)
        }
    }

    private mutating func addNative() {
        ladder.addNative(
            .explicitVRLittleEndian, "Explicit VR Little Endian: for a destination that takes no compression.")
        ladder.addNative(
            .implicitVRLittleEndian, "Implicit VR Little Endian: the default that a destination takes if nothing else.")
    }

    private mutating func addStoredLast() {
        ladder.addStored(
            "As stored, last: the destination takes nothing that the policy asks for, and this worsens nothing.")
    }
}

extension CompressionSyntax {
    fileprivate var name: String { UID(rawValue).map { SyntaxCapabilities.name(TransferSyntax($0)) } ?? rawValue }
}
