import DICOM
import Domain
import Imaging
import TestSupport
import Testing

/// What holds of every plan, over all registered syntaxes, levels, kinds of pixels and flags.
@Suite struct TransferPlannerPropertyTests {
    private typealias F = PlannerFixture

    private struct Case: CustomStringConvertible {
        var facts: InstanceFacts
        var policy: CompressionPolicy
        var refused: [TransferSyntax] = []
        var hasVideo = true

        var level: CompressionLevel { facts.isCine ? policy.cine : policy.image }
        var pixels: PixelDescription? { if case .image(let pixels) = facts.pixels { pixels } else { nil } }
        var plan: TransferPlan { PlannerFixture.plan(facts, policy, refused: refused, video: hasVideo) }

        var description: String {
            let pixels = pixels.map { "\($0.photometric) \($0.bitsStored)/\($0.bitsAllocated) x\($0.frameCount)" }
            return "\(pixels ?? "\(facts.pixels)") in \(facts.transferSyntax) at \(level), \(policy)"
        }
    }

    /// Every property; each names itself when it is broken.
    private static func broken(_ a: Case) -> [String] {
        let plan = a.plan
        var broken: [String] = []
        func claim(_ holds: Bool, _ name: @autoclosure () -> String) {
            if !holds { broken.append("\(name()): \(F.line(plan))") }
        }
        let lossy = plan.rungs.filter(\.isLossy)
        claim(a.level.isLossy || lossy.isEmpty, "a policy without loss yields no lossy rung")
        claim(lossy.count <= 1, "a fallback adds no lossy rung")
        claim(!a.facts.isLossyAlready || a.policy.allowRecompressLossy || lossy.isEmpty, "no second lossy step")
        claim(!isNeverLossy(a) || lossy.isEmpty, "C 2.4 is never lossy")
        let syntaxes = plan.rungs.map(\.transferSyntax)
        claim(Set(syntaxes).count == syntaxes.count, "no syntax twice")
        if a.level == .asStored, a.refused.isEmpty, !a.facts.transferSyntax.hasNoStoredPixels,
            a.facts.byteCount <= a.policy.maxInstanceBytes
        {
            claim(plan.rungs.first?.way == .asStored, "as stored comes first")
        }
        for rung in plan.rungs { claim(isLegal(rung, a), "\(rung.transferSyntax) is legal") }
        let isTouched = plan.rungs.contains { if case .transcoded = $0.way { true } else { false } }
        claim(!isPassedOn(a) || !isTouched, "what is passed on is not transcoded")
        let sentences = plan.rungs.map(\.reason) + plan.notes
        claim(sentences.allSatisfy { $0.hasSuffix(".") && $0.count > 10 }, "everything has a sentence")
        claim(!plan.rungs.isEmpty || !plan.notes.isEmpty, "an empty plan says why")
        return broken
    }

    /// C 2.4, said once more.
    private static func isNeverLossy(_ a: Case) -> Bool {
        guard let pixels = a.pixels else { return true }
        let facts = a.facts
        return pixels.photometric == .paletteColor || pixels.isSigned || facts.hasPixelPaddingValue
            || facts.hasEmbeddedOverlay || facts.hasRealWorldValueMapping || facts.hasQuantitativeRegion
            || (facts.isReferenced && a.policy.lossyUID == .new)
    }

    /// C 2.3 and what nothing here decodes, said once more.
    private static func isPassedOn(_ a: Case) -> Bool {
        guard let pixels = a.pixels else { return true }
        let decoded = [
            "ILE", "ELE", "BE", "DEF", "ENC", "DIF", "RLE", ".50", ".57", ".70", ".80", ".81", ".90", ".91", ".201",
            ".202", ".203",
        ]
        return pixels.bitsAllocated == 1 || a.facts.isSigned || a.facts.isConcatenationPart
            || !decoded.contains(F.code(a.facts.transferSyntax))
    }

    /// The tables of C 1.1, said once more.
    private static func isLegal(_ rung: Rung, _ a: Case) -> Bool {
        switch rung.way {
        case .asStored: return rung.transferSyntax == a.facts.transferSyntax
        case .reencoded(let syntax):
            return a.facts.transferSyntax.isNative && syntax == rung.transferSyntax
                && ["ELE", "ILE"].contains(F.code(syntax))
        case .transcoded(let recipe):
            guard let pixels = a.pixels else { return false }
            let isNative = recipe.parameters == .native && ["ELE", "ILE"].contains(F.code(rung.transferSyntax))
            guard isNative || recipe.transferSyntax == rung.transferSyntax else { return false }
            return isLegal(F.code(rung.transferSyntax), pixels, a) && recipe.byteCountMax == a.policy.maxInstanceBytes
                && recipe.isVerified && recipe.lossyUID == a.policy.lossyUID
                && (recipe.gate != nil) == recipe.parameters.isLossy
        }
    }

    private static func isLegal(_ code: String, _ pixels: PixelDescription, _ a: Case) -> Bool {
        let isGrey = pixels.photometric == .monochrome1 || pixels.photometric == .monochrome2
        let isPalette = pixels.photometric == .paletteColor
        let isByte = pixels.bitsAllocated == 8 && pixels.bitsStored == 8 && !pixels.isSigned
        guard [8, 16].contains(pixels.bitsAllocated) else { return false }
        switch code {
        case "ELE", "ILE": return !a.facts.transferSyntax.isNative
        case "RLE": return pixels.photometric != .ybrFull || pixels.bitsAllocated == 8
        case ".50": return isByte && !isPalette
        case ".70": return pixels.bitsStored >= 2 && (isGrey || !pixels.isSigned)
        case ".80": return pixels.bitsStored >= 2 && (pixels.photometric != .ybrFull || pixels.bitsStored <= 8)
        case ".81": return pixels.bitsStored >= 2 && !pixels.isSigned && !isPalette
        case ".90": return true
        case ".91": return !isPalette
        case ".102", ".104":
            return isByte && !isPalette && pixels.photometric != .monochrome1 && pixels.frameCount > 1
                && pixels.rows % 2 == 0 && pixels.columns % 2 == 0 && a.policy.videoAllowed && a.hasVideo
        default: return false
        }
    }

    // MARK: Cases

    private static func pixelKinds() throws -> [InstanceFacts.Pixels] {
        var kinds: [InstanceFacts.Pixels] = [.none, .float, .unreadable("Rows is missing")]
        let shapes: [(String, (stored: Int, allocated: Int), Bool)] = [
            ("MONOCHROME2", (8, 8), false), ("MONOCHROME1", (8, 8), false), ("MONOCHROME2", (12, 16), false),
            ("MONOCHROME2", (16, 16), true), ("MONOCHROME2", (8, 8), true), ("MONOCHROME2", (1, 1), false),
            ("MONOCHROME2", (1, 8), false), ("MONOCHROME2", (32, 32), false), ("PALETTE COLOR", (8, 8), false),
            ("PALETTE COLOR", (16, 16), false), ("RGB", (8, 8), false), ("RGB", (16, 16), false),
            ("YBR_FULL", (8, 8), false), ("YBR_FULL", (16, 16), false), ("YBR_FULL_422", (8, 8), false),
            ("YBR_PARTIAL_420", (8, 8), false), ("YBR_ICT", (8, 8), false), ("YBR_RCT", (8, 8), false),
        ]
        for (photometric, bits, isSigned) in shapes {
            for frames in [1, 30] {
                kinds.append(.image(try F.pixels(photometric, bits, frames: frames, signed: isSigned)))
            }
        }
        kinds.append(.image(try F.pixels(frames: 30, size: (481, 640))))
        return kinds
    }

    private static var flags: [WritableKeyPath<InstanceFacts, Bool>] {
        [
            \.isLossyAlready, \.hasPixelPaddingValue, \.hasEmbeddedOverlay, \.hasRealWorldValueMapping,
            \.hasQuantitativeRegion, \.hasUnevenFrameTimes, \.hasPixelAspectRatio, \.isSigned, \.isConcatenationPart,
            \.isReferenced,
        ]
    }

    private static func facts(_ pixels: InstanceFacts.Pixels, in syntax: TransferSyntax) -> InstanceFacts {
        if case .image(let description) = pixels {
            F.facts(description, in: syntax)
        } else {
            F.facts(pixels, in: syntax)
        }
    }

    private static func report(_ broken: [String], _ a: Case) {
        if !broken.isEmpty { Issue.record("\(a): \(broken.joined(separator: "; "))") }
    }

    @Test(arguments: CompressionLevel.allCases)
    func everyPlanKeepsTheRules(_ level: CompressionLevel) throws {
        let kinds = try Self.pixelKinds()
        for syntax in TransferSyntax.registered {
            for pixels in kinds {
                for settings in 0..<4 {
                    let policy = F.policy(level) { policy in
                        policy.allowRecompressLossy = settings & 1 == 1
                        policy.lossyUID = settings & 2 == 2 ? .keep : .new
                    }
                    let a = Case(facts: Self.facts(pixels, in: syntax), policy: policy)
                    Self.report(Self.broken(a), a)
                }
            }
        }
    }

    @Test(arguments: CompressionLevel.allCases)
    func everyFlagKeepsTheRules(_ level: CompressionLevel) throws {
        let kinds = try Self.pixelKinds()
        for (number, syntax) in TransferSyntax.registered.enumerated() {
            for flag in Self.flags {
                for pixels in kinds[(number % 2)...].striding(by: 2) {
                    var a = Case(facts: Self.facts(pixels, in: syntax), policy: F.policy(level))
                    a.facts[keyPath: flag] = true
                    Self.report(Self.broken(a), a)
                }
            }
        }
    }

    @Test(arguments: 0..<8) func anyMixtureKeepsTheRules(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kinds = try Self.pixelKinds()
        let syntaxes: [TransferSyntax?] = [nil] + CompressionSyntax.allCases.map { UID($0.rawValue).map { .init($0) } }
        for _ in 0..<2000 {
            guard let stored = TransferSyntax.registered.randomElement(using: &random),
                let pixels = kinds.randomElement(using: &random),
                let level = CompressionLevel.allCases.randomElement(using: &random),
                let explicit = syntaxes.randomElement(using: &random)
            else { continue }
            let bits = random.next()
            let policy = F.policy(level) { policy in
                policy.imageTransferSyntaxUID = explicit?.uid.text
                policy.cineTransferSyntaxUID = explicit?.uid.text
                policy.allowRecompressLossy = bits & 1 == 1
                policy.lossyUID = bits & 2 == 2 ? .keep : .new
                policy.videoAllowed = bits & 4 == 4
                policy.maxInstanceBytes = bits & 8 == 8 ? 2 << 30 : 1 << (16 + bits % 12)
            }
            var a = Case(facts: Self.facts(pixels, in: stored), policy: policy, hasVideo: bits & 16 == 16)
            for (place, flag) in Self.flags.enumerated() where bits >> (20 + 2 * place) & 3 == 3 {
                a.facts[keyPath: flag] = true
            }
            a.refused = TransferSyntax.registered.filter { _ in random.next() % 8 == 0 }
            Self.report(Self.broken(a), a)
        }
    }

    @Test func equalArgumentsGiveEqualPlans() throws {
        for stored in TransferSyntax.registered {
            let a = Case(facts: Self.facts(.image(try F.pixels(frames: 2)), in: stored), policy: F.policy(.standard))
            #expect(a.plan == a.plan)
        }
    }

    @Test func knowledgeOfTheDestinationChangesTheOrderOnly() throws {
        var random = SeededGenerator(seed: 7)
        for stored in TransferSyntax.registered {
            for level in CompressionLevel.allCases {
                let facts = Self.facts(.image(try F.pixels()), in: stored)
                let plain = F.plan(facts, F.policy(level)).rungs
                let refused = TransferSyntax.registered.filter { _ in random.next() % 2 == 0 }
                let known = F.plan(facts, F.policy(level), refused: refused).rungs
                #expect(Set(known) == Set(plain) && known.count == plain.count)
                let marks = known.map { refused.contains($0.transferSyntax) }
                #expect(marks == marks.sorted { !$0 && $1 }, "the refused stand last")
            }
        }
    }
}

extension ArraySlice {
    fileprivate func striding(by step: Int) -> [Element] {
        stride(from: startIndex, to: endIndex, by: step).map { self[$0] }
    }
}
