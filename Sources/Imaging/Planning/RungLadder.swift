internal import DICOM
internal import Domain

/// Collects rungs in order: no syntax twice, none that is too large, each left out with a note.
struct RungLadder {
    /// Pixels that lost something are not inflated unasked by more than this (C 2.6).
    static let inflationMax = 64
    /// The longest value of an element with a length of 32 bits, which is even.
    static let nativeValueByteCountMax = 0xFFFF_FFFE
    /// How far codecs usually get on ultrasound, at best. The estimate only keeps work away that cannot succeed; what
    /// an artefact may measure in truth is checked by `TranscodeRecipe.byteCountMax`.
    private static let (losslessRatio, lossyRatio, videoRatio) = (8, 40, 200)

    let facts: InstanceFacts
    private let policy: CompressionPolicy
    private var rungs: [Rung] = []
    private var notes: [String] = []
    /// Syntaxes looked at, so that none is judged twice.
    private var seen: Set<TransferSyntax> = []

    init(_ facts: InstanceFacts, _ policy: CompressionPolicy) {
        self.facts = facts
        self.policy = policy
    }

    var isEmpty: Bool { rungs.isEmpty }

    mutating func note(_ sentence: String) {
        if !notes.contains(sentence) { notes.append(sentence) }
    }

    // MARK: Rungs

    /// The stored bytes.
    mutating func addStored(_ reason: String) {
        add(Rung(.asStored, facts.transferSyntax, reason), byteCount: facts.byteCount)
    }

    mutating func addCodec(_ recipe: TranscodeRecipe, _ reason: String) {
        let ratio: Int =
            switch recipe.parameters {
            case .native: 1
            case .h264: Self.videoRatio
            default: recipe.parameters.isLossy ? Self.lossyRatio : Self.losslessRatio
            }
        add(Rung(.transcoded(completed(recipe)), recipe.transferSyntax, reason), byteCount: nativeByteCount / ratio)
    }

    /// Explicit or Implicit VR Little Endian: the stored bytes, a change of encoding, or decoded pixels.
    ///
    /// - Parameter isAsked: the policy names it, so that inflation is no surprise.
    mutating func addNative(_ syntax: TransferSyntax, _ reason: String, isAsked: Bool = false) {
        let source = facts.transferSyntax
        if syntax == source { return addStored(reason) }
        guard !seen.contains(syntax) else { return }
        if source.isNative {
            if let why = whyNotReencoded { return note("A change of encoding is left out: \(why).") }
            let byteCount = source.isDeflated ? max(facts.byteCount, nativeByteCount) : facts.byteCount
            return add(Rung(.reencoded(syntax), syntax, reason), byteCount: byteCount)
        }
        let name = SyntaxCapabilities.name(syntax)
        if nativeByteCount > Self.nativeValueByteCountMax {
            return note("\(name) is left out: \(nativeByteCount) bytes of pixels are too long for one element.")
        }
        if facts.isLossyAlready, !isAsked, nativeByteCount / Self.inflationMax > facts.byteCount {
            return note("\(name) is left out: it would inflate lossy pixels to more than \(Self.inflationMax) times.")
        }
        add(Rung(.transcoded(completed(TranscodeRecipe(.native))), syntax, reason), byteCount: nativeByteCount)
    }

    /// All ways for an object whose pixels stay as they are.
    mutating func passOn(because barrier: String) {
        note(barrier)
        addStored("As stored: nothing of the object may change but its encoding.")
        guard facts.transferSyntax.isNative else { return }
        addNative(.explicitVRLittleEndian, "Explicit VR Little Endian: another encoding of the same values.")
        addNative(.implicitVRLittleEndian, "Implicit VR Little Endian: another encoding of the same values.")
    }

    private mutating func add(_ rung: Rung, byteCount: Int) {
        guard seen.insert(rung.transferSyntax).inserted else { return }
        guard byteCount <= policy.maxInstanceBytes else {
            let name = SyntaxCapabilities.name(rung.transferSyntax)
            return note(
                "\(name) is left out: about \(byteCount) bytes, and the integration allows "
                    + "\(policy.maxInstanceBytes).")
        }
        rungs.append(rung)
    }

    private func completed(_ recipe: TranscodeRecipe) -> TranscodeRecipe {
        var recipe = recipe
        recipe.lossyUID = policy.lossyUID
        recipe.byteCountMax = policy.maxInstanceBytes
        return recipe
    }

    /// Of the pixels without a codec; 0 where there are none that are understood.
    private var nativeByteCount: Int {
        if case .image(let pixels) = facts.pixels { pixels.nativeByteCount } else { 0 }
    }

    /// `NativeConverter` refuses what it cannot be certain of.
    private var whyNotReencoded: String? {
        guard !facts.transferSyntax.isLittleEndian, case .image(let pixels) = facts.pixels, pixels.bitsAllocated > 16
        else { return nil }
        return "pixels of \(pixels.bitsAllocated) bits in big endian have no certain byte order"
    }

    // MARK: The end

    /// The plan: what the destination is known to refuse stands behind everything else.
    func finished(_ accepts: DestinationCapabilities) -> TransferPlan {
        var plan = TransferPlan(rungs: [], notes: notes)
        let isRefused = { (rung: Rung) in accepts[facts.sopClassUID, rung.transferSyntax] == .refused }
        let refused = rungs.filter(isRefused)
        plan.rungs = rungs.filter { !isRefused($0) } + refused
        for rung in refused {
            let name = SyntaxCapabilities.name(rung.transferSyntax)
            plan.notes.append("\(name) stands last: the destination refused it before for this kind of object.")
        }
        if rungs.isEmpty { plan.notes.append("Nothing is left that may be sent to this integration.") }
        return plan
    }
}
