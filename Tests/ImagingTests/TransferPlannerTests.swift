import DICOM
import Domain
import Imaging
import Testing

@Suite struct TransferPlannerTests {
    private typealias F = PlannerFixture

    /// Stored syntax, pixels, level, and the rungs that must come out: C 1.1 by C 2.1, 2.3, 2.4 and 2.6.
    struct Row: Sendable, CustomTestStringConvertible {
        let stored: String
        let photometric: String
        var bits = (stored: 8, allocated: 8)
        var frames = 1
        var isSigned = false
        let level: CompressionLevel
        var explicit: String?
        let rungs: String

        init(_ stored: String, _ photometric: String, _ level: CompressionLevel, _ rungs: String) {
            (self.stored, self.photometric, self.level, self.rungs) = (stored, photometric, level, rungs)
        }

        func with(_ change: (inout Row) -> Void) -> Row {
            var row = self
            change(&row)
            return row
        }

        func bits(_ stored: Int, of allocated: Int) -> Row { with { $0.bits = (stored, allocated) } }
        func frames(_ count: Int) -> Row { with { $0.frames = count } }
        func asking(_ syntax: String) -> Row { with { $0.explicit = syntax } }
        var signed: Row { with { $0.isSigned = true } }

        var testDescription: String { "\(photometric) \(bits.stored)/\(bits.allocated) in \(stored) at \(level)" }
    }

    private static let asStored = [
        Row("ELE", "RGB", .asStored, "=ELE ~ILE .70 .90"),
        Row("ILE", "RGB", .asStored, "=ILE ~ELE .70 .90"),
        Row("BE", "MONOCHROME2", .asStored, "=BE ~ELE ~ILE .70 .90"),
        Row("DEF", "RGB", .asStored, "=DEF ~ELE ~ILE .70 .90"),
        Row("ENC", "RGB", .asStored, "=ENC .70 .90 ELE ILE"),
        Row("DIF", "RGB", .asStored, "=DIF .70 .90 ELE ILE"),
        Row("RLE", "RGB", .asStored, "=RLE .70 .90 ELE ILE"),
        Row(".50", "YBR_FULL_422", .asStored, "=.50 .70 .90 ELE ILE"),
        Row(".51", "MONOCHROME2", .asStored, "=.51").bits(12, of: 16),
        Row(".57", "MONOCHROME2", .asStored, "=.57 .70 .90 ELE ILE").bits(12, of: 16),
        Row(".70", "RGB", .asStored, "=.70 .90 ELE ILE"),
        Row(".80", "PALETTE COLOR", .asStored, "=.80 .70 .90 ELE ILE"),
        Row(".90", "YBR_RCT", .asStored, "=.90 .70 ELE ILE"),
        Row(".91", "YBR_ICT", .asStored, "=.91 .70 .90 ELE ILE"),
        Row(".201", "YBR_RCT", .asStored, "=.201 .70 .90 ELE ILE"),
        Row(".202", "RGB", .asStored, "=.202 .70 .90 ELE ILE"),
        Row(".92", "RGB", .asStored, "=.92"),
        Row(".94", "RGB", .asStored, ""),
        Row(".100", "YBR_PARTIAL_420", .asStored, "=.100").frames(30),
        Row(".102", "YBR_PARTIAL_420", .asStored, "=.102").frames(30),
        Row(".107", "YBR_PARTIAL_420", .asStored, "=.107").frames(30),
        Row(".110", "RGB", .asStored, "=.110"),
    ]

    private static let none = [
        Row("ELE", "RGB", .none, "=ELE ~ILE"),
        Row("ILE", "RGB", .none, "=ILE ~ELE"),
        Row("BE", "RGB", .none, "~ELE ~ILE =BE"),
        Row("DEF", "RGB", .none, "~ELE ~ILE =DEF"),
        Row("RLE", "RGB", .none, "ELE ILE =RLE"),
        Row(".50", "YBR_FULL_422", .none, "ELE ILE =.50").frames(30),
        Row(".203", "YBR_ICT", .none, "ELE ILE =.203"),
        Row(".51", "MONOCHROME2", .none, "=.51"),
        Row(".112", "RGB", .none, "=.112"),
        Row(".104.1", "YBR_PARTIAL_420", .none, "=.104.1").frames(30),
    ]

    private static let lossless = [
        Row("ELE", "RGB", .lossless, ".70 .90 =ELE ~ILE"),
        Row("ELE", "RGB", .lossless, ".70 .90 =ELE ~ILE").frames(30),
        Row("ILE", "MONOCHROME2", .lossless, ".70 .90 ~ELE =ILE").bits(16, of: 16).signed,
        Row("BE", "MONOCHROME1", .lossless, ".70 .90 ~ELE ~ILE =BE"),
        Row("ENC", "RGB", .lossless, ".70 .90 ELE ILE =ENC"),
        Row("RLE", "RGB", .lossless, "=RLE .70 .90 ELE ILE"),
        Row("DIF", "RGB", .lossless, "=DIF .70 .90 ELE ILE"),
        Row(".50", "YBR_FULL_422", .lossless, "=.50 .70 .90 ELE ILE"),
        Row(".80", "RGB", .lossless, "=.80 .70 .90 ELE ILE"),
        Row("ELE", "PALETTE COLOR", .lossless, ".70 .90 =ELE ~ILE"),
        Row("ELE", "YBR_FULL", .lossless, ".70 .90 =ELE ~ILE"),
        Row("ELE", "YBR_FULL_422", .lossless, "=ELE ~ILE"),
        Row("ELE", "MONOCHROME2", .lossless, "=ELE ~ILE").bits(32, of: 32),
        Row("ELE", "MONOCHROME2", .lossless, "=ELE ~ILE").bits(1, of: 1),
        Row("ELE", "MONOCHROME2", .lossless, ".90 =ELE ~ILE").bits(1, of: 8),
        Row("RLE", "MONOCHROME2", .lossless, "=RLE").bits(32, of: 32),
        Row("BE", "MONOCHROME2", .lossless, "=BE").bits(32, of: 32),
        Row("ELE", "RGB", .lossless, ".90 .70 =ELE ~ILE").asking(".90"),
        Row("ELE", "RGB", .lossless, ".80 .70 .90 =ELE ~ILE").asking(".80"),
        Row("ELE", "RGB", .lossless, "RLE .70 .90 =ELE ~ILE").asking("RLE"),
        Row("ELE", "YBR_FULL", .lossless, ".70 .90 =ELE ~ILE").bits(16, of: 16).asking("RLE"),
        Row(".70", "RGB", .lossless, "=.70 .80 .90 ELE ILE").asking(".80"),
    ]

    private static let lossy = [
        Row("ELE", "RGB", .standard, ".50 .70 .90 =ELE ~ILE"),
        Row("ELE", "RGB", .high, ".50 .70 .90 =ELE ~ILE").frames(30),
        Row("BE", "MONOCHROME2", .review, ".50 .70 .90 ~ELE ~ILE =BE"),
        Row("RLE", "YBR_FULL", .standard, ".50 .70 .90 ELE ILE =RLE"),
        Row(".70", "RGB", .standard, ".50 =.70 .90 ELE ILE"),
        Row(".201", "YBR_RCT", .standard, ".50 .70 .90 ELE ILE =.201"),
        Row("ELE", "YBR_FULL_422", .standard, ".50 =ELE ~ILE"),
        Row("ELE", "MONOCHROME2", .nearLossless, ".81 .70 .90 =ELE ~ILE"),
        Row("ELE", "MONOCHROME2", .nearLossless, ".81 .70 .90 =ELE ~ILE").bits(12, of: 16),
        Row("ELE", "RGB", .standard, ".91 .70 .90 =ELE ~ILE").asking(".91"),
        Row("ELE", "RGB", .high, ".81 .70 .90 =ELE ~ILE").asking(".81"),
        // Never lossy.
        Row("ELE", "PALETTE COLOR", .standard, ".70 .90 =ELE ~ILE"),
        Row("ELE", "MONOCHROME2", .standard, ".70 .90 =ELE ~ILE").bits(12, of: 16),
        Row("ELE", "MONOCHROME2", .standard, ".91 .70 .90 =ELE ~ILE").bits(12, of: 16).asking(".91"),
        Row("ELE", "MONOCHROME2", .standard, ".70 .90 =ELE ~ILE").signed,
        Row("ELE", "MONOCHROME2", .nearLossless, ".70 .90 =ELE ~ILE").bits(16, of: 16).signed,
        Row("RLE", "PALETTE COLOR", .review, "=RLE .70 .90 ELE ILE"),
        // No second lossy step.
        Row(".50", "YBR_FULL_422", .review, "=.50 .70 .90 ELE ILE"),
        Row(".91", "YBR_ICT", .standard, "=.91 .70 .90 ELE ILE"),
        Row(".81", "MONOCHROME2", .nearLossless, "=.81 .70 .90 ELE ILE"),
        Row(".103", "YBR_PARTIAL_420", .review, "=.103").frames(30),
        // A syntax that does not fit the level never decides.
        Row("ELE", "RGB", .lossless, ".70 .90 =ELE ~ILE").asking(".50"),
        Row("ELE", "RGB", .asStored, "=ELE ~ILE .70 .90").asking(".50"),
        Row("ELE", "RGB", .standard, ".50 .70 .90 =ELE ~ILE").asking(".70"),
    ]

    @Test(arguments: asStored + none + lossless + lossy) func theRungsFollowTheTable(_ row: Row) throws {
        let pixels = try F.pixels(row.photometric, row.bits, frames: row.frames, signed: row.isSigned)
        let plan = F.plan(F.facts(pixels, in: F.syntax(row.stored)), F.policy(row.level, row.explicit))
        #expect(F.line(plan) == row.rungs, "\(plan.notes)")
    }

    // MARK: What stands against a level

    private typealias Flag = (path: WritableKeyPath<InstanceFacts, Bool>, words: String)

    @Test func whatForbidsLossLeadsToTheLosslessRung() throws {
        let flags: [Flag] = [
            (\.hasPixelPaddingValue, "padding value"), (\.hasRealWorldValueMapping, "real world"),
            (\.hasQuantitativeRegion, "quantity"), (\.isReferenced, "refers to the image"),
            (\.isLossyAlready, "second lossy step"),
        ]
        for flag in flags {
            let facts = F.facts(try F.pixels(), in: .explicitVRLittleEndian) { $0[keyPath: flag.path] = true }
            for level in CompressionLevel.allCases where level.isLossy {
                let plan = F.plan(facts, F.policy(level))
                #expect(F.line(plan) == ".70 .90 =ELE ~ILE", "\(flag.words)")
                #expect(plan.notes.contains { $0.contains(flag.words) }, "\(plan.notes)")
            }
            #expect(F.plan(facts, F.policy(.lossless)).notes.isEmpty, "nothing was ruled out there")
        }
    }

    @Test func whatMayNotBeTouchedIsPassedOn() throws {
        let flags: [Flag] = [
            (\.isSigned, "signature"), (\.isConcatenationPart, "concatenation"), (\.hasEmbeddedOverlay, "overlay"),
        ]
        let rows = [("ELE", "=ELE ~ILE"), ("BE", "=BE ~ELE ~ILE"), ("RLE", "=RLE"), (".50", "=.50")]
        for (flag, level) in flags.flatMap({ flag in CompressionLevel.allCases.map { (flag, $0) } }) {
            for (syntax, rungs) in rows {
                let facts = F.facts(try F.pixels(), in: F.syntax(syntax)) { $0[keyPath: flag.path] = true }
                let plan = F.plan(facts, F.policy(level))
                #expect(F.line(plan) == rungs, "\(flag.words) at \(level)")
                #expect(plan.notes.contains { $0.contains(flag.words) }, "\(plan.notes)")
            }
        }
    }

    @Test func whatIsNoImageIsPassedOn() throws {
        let unknown = TransferSyntax(try #require(UID("1.2.3.4")))
        for level in CompressionLevel.allCases {
            for pixels in [InstanceFacts.Pixels.none, .float, .unreadable("Rows is missing")] {
                #expect(F.line(F.plan(F.facts(pixels, in: .explicitVRLittleEndian), F.policy(level))) == "=ELE ~ILE")
                #expect(F.line(F.plan(F.facts(pixels, in: .implicitVRLittleEndian), F.policy(level))) == "=ILE ~ELE")
                #expect(F.line(F.plan(F.facts(pixels, in: F.syntax("DEF")), F.policy(level))) == "=DEF ~ELE ~ILE")
            }
            let plan = F.plan(F.facts(try F.pixels(), in: unknown), F.policy(level))
            #expect(plan.rungs.map(\.way) == [.asStored])
            #expect(plan.notes.first?.contains("1.2.3.4 is not known") == true)
        }
    }

    @Test func referencedImagesMayLoseWhereTheUIDStays() throws {
        let facts = F.facts(try F.pixels(), in: .explicitVRLittleEndian) { $0.isReferenced = true }
        #expect(F.line(F.plan(facts, F.policy(.standard) { $0.lossyUID = .keep })) == ".50 .70 .90 =ELE ~ILE")
    }

    @Test func aSecondLossyStepNeedsLeave() throws {
        let again = F.policy(.review) { $0.allowRecompressLossy = true }
        let ict = F.facts(try F.pixels("YBR_ICT"), in: .jpeg2000)
        #expect(F.line(F.plan(ict, again)) == ".50 =.91 .70 .90 ELE ILE", "the target first, then as stored")
        let jpeg = F.facts(try F.pixels("YBR_FULL_422"), in: .jpegBaseline)
        #expect(F.line(F.plan(jpeg, again)) == ".50 .70 .90 ELE ILE", "no syntax twice")
    }

    // MARK: Parameters

    private func recipe(
        _ level: CompressionLevel, _ explicit: String? = nil, frames: Int = 1, photometric: String = "RGB"
    ) throws -> (recipe: TranscodeRecipe, reason: String) {
        let facts = F.facts(try F.pixels(photometric, frames: frames), in: .explicitVRLittleEndian)
        let policy = F.policy(level, explicit) { policy in
            policy.lossyUID = .keep
            policy.maxInstanceBytes = 1 << 28
            policy.videoAllowed = true
        }
        let first = try #require(F.plan(facts, policy, video: true).rungs.first)
        guard case .transcoded(let recipe) = first.way else { throw CodecError.unsupported("not transcoded") }
        return (recipe, first.reason)
    }

    @Test func levelsHaveTheParametersOfTheirTable() throws {
        let rows: [(CompressionLevel, String?, Int, CodecParameters, QualityGate)] = [
            (.nearLossless, nil, 1, .jpegLS(near: 1), QualityGate(errorMax: 1)),
            (.high, nil, 1, .jpegBaseline(quality: 95, .none), Self.high),
            (.high, nil, 2, .jpegBaseline(quality: 92, .none), Self.high),
            (.standard, nil, 1, .jpegBaseline(quality: 90, .none), Self.standard),
            (.standard, nil, 2, .jpegBaseline(quality: 88, .horizontal), Self.standard),
            (.review, nil, 1, .jpegBaseline(quality: 75, .none), Self.review),
            (.review, nil, 2, .jpegBaseline(quality: 75, .none), Self.review),
            (.high, ".91", 1, .jpeg2000(psnr: 45), Self.high),
            (.standard, ".91", 2, .jpeg2000(psnr: 42), Self.standard),
            (.review, ".91", 1, .jpeg2000(psnr: 38), Self.review),
            (.high, ".81", 1, .jpegLS(near: 1), Self.with(Self.high) { $0.errorMax = 1 }),
            (.standard, ".81", 1, .jpegLS(near: 2), Self.with(Self.standard) { $0.errorMax = 2 }),
            (.review, ".81", 2, .jpegLS(near: 3), Self.with(Self.review) { $0.errorMax = 3 }),
            (.high, ".102", 2, .h264(crf: 16, isLevel42: false), Self.with(Self.high) { $0.ratioMax = nil }),
            (.standard, ".102", 2, .h264(crf: 18, isLevel42: false), Self.with(Self.standard) { $0.ratioMax = nil }),
            (.review, ".104", 2, .h264(crf: 23, isLevel42: true), Self.with(Self.review) { $0.ratioMax = nil }),
        ]
        for (level, explicit, frames, parameters, gate) in rows {
            let (recipe, reason) = try recipe(level, explicit, frames: frames)
            #expect(recipe.parameters == parameters && recipe.gate == gate, "\(level) \(explicit ?? "") \(frames)")
            #expect(recipe.lossyUID == .keep && recipe.byteCountMax == 1 << 28 && recipe.isVerified)
            #expect(reason.contains(parameters.summary) && reason.contains("level \(level.rawValue)"), "\(reason)")
        }
    }

    private static let high = QualityGate(psnrMin: 42, ssimMin: 0.98, ratioMax: 10)
    private static let standard = QualityGate(psnrMin: 38, ssimMin: 0.96, ratioMax: 12)
    private static let review = QualityGate(psnrMin: 34, ratioMax: 20)

    private static func with(_ gate: QualityGate, _ change: (inout QualityGate) -> Void) -> QualityGate {
        var gate = gate
        change(&gate)
        return gate
    }

    @Test func finerStepsAreFewAndStayInTheSyntax() throws {
        for level in CompressionLevel.allCases where level.isLossy {
            for explicit in [nil, ".50", ".81", ".91", ".102"] where level != .nearLossless || explicit == nil {
                let (recipe, _) = try recipe(level, explicit, frames: 30)
                let all = [recipe.parameters] + recipe.finer
                #expect(recipe.finer.count <= 3 && Set(all).count == all.count)
                #expect(all.allSatisfy { $0.transferSyntax == recipe.transferSyntax && $0.isLossy })
                #expect(zip(all, recipe.finer).allSatisfy { isFiner($1, than: $0) }, "\(all)")
            }
        }
    }

    private func isFiner(_ fine: CodecParameters, than coarse: CodecParameters) -> Bool {
        switch (fine, coarse) {
        case (.jpegBaseline(let fine, let fineChroma), .jpegBaseline(let coarse, let coarseChroma)):
            fine > coarse && (fineChroma == coarseChroma || fineChroma == .none)
        case (.jpegLS(let fine), .jpegLS(let coarse)): fine < coarse
        case (.jpeg2000(let fine), .jpeg2000(let coarse)): (fine ?? 0) > (coarse ?? 0)
        case (.h264(let fine, _), .h264(let coarse, _)): fine < coarse
        default: false
        }
    }

    @Test func aReasonIsASentenceForPeople() throws {
        #expect(try recipe(.standard).reason == "JPEG Baseline quality 90, 4:4:4: level standard for images.")
        let cine = try recipe(.standard, frames: 30).reason
        #expect(cine == "JPEG Baseline quality 88, 4:2:2: level standard for cines.")
        let grey = try recipe(.standard, frames: 30, photometric: "MONOCHROME2").recipe
        #expect(grey.parameters == .jpegBaseline(quality: 88, .none), "grey has no chroma to share")
    }

    // MARK: Video

    @Test(arguments: [
        (true, true, 480, "RGB", ".102 .70 .90 =ELE ~ILE", ""), (false, true, 480, "RGB", "", "does not allow video"),
        (true, false, 480, "RGB", "", "ffmpeg"), (true, true, 481, "RGB", "", "even rows"),
        (true, true, 480, "MONOCHROME1", "", "MONOCHROME1"), (true, true, 6000, "RGB", "", "too large"),
    ])
    func videoGivesWayToJPEG(
        _ isAllowed: Bool, _ isInstalled: Bool, _ rows: Int, _ photometric: String, _ rungs: String, _ words: String
    ) throws {
        let pixels = try F.pixels(photometric, frames: 30, size: (rows, 640))
        let policy = F.policy(.standard, ".102") { $0.videoAllowed = isAllowed }
        let plan = F.plan(F.facts(pixels, in: .explicitVRLittleEndian), policy, video: isInstalled)
        #expect(F.line(plan) == (rungs.isEmpty ? ".50 .70 .90 =ELE ~ILE" : rungs))
        #expect(words.isEmpty ? plan.notes.isEmpty : plan.notes.contains { $0.contains(words) }, "\(plan.notes)")
    }

    @Test func videoKeepsTimeAndShape() throws {
        let policy = F.policy(.standard, ".102") { $0.videoAllowed = true }
        let pixels = try F.pixels(frames: 30, size: (768, 1024))
        let changes: [(inout InstanceFacts) -> Void] = [
            { $0.hasUnevenFrameTimes = true }, { $0.hasPixelAspectRatio = true }, { $0.framesPerSecond = 81 },
        ]
        for change in changes {
            let facts = F.facts(pixels, in: .explicitVRLittleEndian, change)
            #expect(F.line(F.plan(facts, policy, video: true)).hasPrefix(".50 "))
        }
        let quick = F.facts(pixels, in: .explicitVRLittleEndian) { $0.framesPerSecond = 80 }
        #expect(F.line(F.plan(quick, policy, video: true)).hasPrefix(".102 "), "1024 x 768 is fine up to 80 a second")
        let still = F.plan(F.facts(try F.pixels(), in: .explicitVRLittleEndian), policy, video: true)
        #expect(F.line(still).hasPrefix(".50 ") && still.notes.contains { $0.contains("cines only") })
    }

    // MARK: Size

    @Test func whatIsTooLargeIsLeftOut() throws {
        let cine = F.facts(try F.pixels("YBR_FULL_422", frames: 300), in: .jpegBaseline)
        let plan = F.plan(cine, F.policy(.asStored) { $0.maxInstanceBytes = 100 << 20 })
        #expect(F.line(plan) == "=.50 .70 .90", "184 MB of pixels do not fit")
        #expect(plan.notes.filter { $0.contains("integration allows") }.count == 2)
        let nothing = F.plan(cine, F.policy(.asStored) { $0.maxInstanceBytes = 1 << 20 })
        #expect(nothing.rungs.isEmpty && nothing.notes.last?.contains("Nothing is left") == true)
    }

    @Test func nativePixelsFitIntoALengthOf32Bits() throws {
        let pixels = try F.pixels("MONOCHROME2", frames: 65536, size: (256, 256))
        #expect(pixels.nativeByteCount == 1 << 32)
        let facts = F.facts(pixels, in: .jpegLosslessSV1)
        let plan = F.plan(facts, F.policy(.none) { $0.maxInstanceBytes = 8 << 30 })
        #expect(F.line(plan) == "=.70" && plan.notes.contains { $0.contains("too long for one element") })
    }

    @Test func lossyPixelsAreNotInflatedUnasked() throws {
        let cine = F.facts(try F.pixels("YBR_FULL_422", frames: 300), in: .jpegBaseline) { $0.byteCount = 1 << 20 }
        let plan = F.plan(cine, F.policy(.asStored))
        #expect(F.line(plan) == "=.50 .70 .90" && plan.notes.contains { $0.contains("64 times") })
        #expect(F.line(F.plan(cine, F.policy(.none))) == "ELE ILE =.50", "there it was asked for")
        let lossless = F.facts(try F.pixels(frames: 300), in: .jpegLosslessSV1) { $0.byteCount = 1 << 20 }
        #expect(F.line(F.plan(lossless, F.policy(.asStored))) == "=.70 .90 ELE ILE")
    }

    // MARK: What is known of the destination

    @Test func whatWasRefusedStandsLast() throws {
        let facts = F.facts(try F.pixels(), in: .explicitVRLittleEndian)
        let plan = F.plan(facts, F.policy(.standard), refused: [.jpegBaseline, .jpeg2000Lossless])
        #expect(F.line(plan) == ".70 =ELE ~ILE .50 .90")
        #expect(plan.notes.filter { $0.contains("refused it before") }.count == 2)
        var other = DestinationCapabilities()
        other[SOPClass.ctImage.uid, .jpegBaseline] = .refused
        other[facts.sopClassUID, .implicitVRLittleEndian] = .accepted
        let untouched = TransferPlanner.plan(
            facts, F.policy(.standard), accepts: other, environment: PlannerEnvironment())
        #expect(F.line(untouched) == ".50 .70 .90 =ELE ~ILE", "another class says nothing of this one")
        #expect(other[facts.sopClassUID, .jpegBaseline] == .unknown)
    }
}
