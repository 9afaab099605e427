internal import DICOM
internal import DICOMNetwork
internal import Imaging

/// Where an instance stands among the ways in which it may be sent. Pure: the run asks, the ladder remembers.
struct InstanceLadder: Sendable {
    let sopClassUID: String
    /// What is left, best first.
    private(set) var rungs: ArraySlice<Rung>
    /// Why what stood before is not the way, one sentence each.
    private(set) var reasons: [String] = []
    /// Whether the rungs come from a look at the object; else they are those that need no look, and there may be more.
    private(set) var isWhole: Bool
    /// In which it was not taken.
    private(set) var tried: [TransferSyntax] = []
    /// C-STORE requests so far.
    var offerCount = 0

    /// After so many requests the destination is believed (compression.md 3.2).
    static let offersMax = 3

    init(sopClassUID: String, _ rungs: [Rung], isWhole: Bool) {
        self.sopClassUID = sopClassUID
        self.rungs = rungs[...]
        self.isWhole = isWhole
    }

    /// What goes without a look at the object: as stored, and for native objects the other native encodings.
    init(asStored sopClassUID: String, in syntax: TransferSyntax) {
        var rungs = [Rung(.asStored, syntax, "As stored, in \(syntax.name).")]
        if syntax.isNative {
            for target in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian] where target != syntax {
                rungs.append(Rung(.reencoded(target), target, "Values as stored, encoded in \(target.name)."))
            }
        }
        self.init(sopClassUID: sopClassUID, rungs, isWhole: false)
    }

    var current: Rung? { rungs.first }

    /// The recipe, where the current way needs the codecs.
    var recipe: TranscodeRecipe? {
        if case .transcoded(let recipe) = current?.way { recipe } else { nil }
    }

    /// What an association must propose for all that is left.
    var item: SendPlan.Item {
        SendPlan.Item(sopClassUID: sopClassUID, transferSyntaxUIDs: rungs.map(\.transferSyntax.uid.text))
    }

    /// Gives the current way up.
    mutating func stepDown(_ reason: String) {
        guard let rung = rungs.popFirst() else { return }
        reasons.append(reason)
        tried.append(rung.transferSyntax)
    }

    /// Steps down to the first way that the association is open for; nil when there is none.
    mutating func settle(among accepted: [AcceptedContext]) -> AcceptedContext? {
        while let rung = current {
            let context = accepted.first {
                $0.abstractSyntax == sopClassUID && $0.transferSyntax == rung.transferSyntax.uid.text
            }
            if let context { return context }
            stepDown("The destination does not accept \(rung.transferSyntax.name) for it.")
        }
        return nil
    }

    /// Goes on with a plan made from the object, without what was tried already.
    mutating func extend(with plan: TransferPlan) {
        let tried = tried
        rungs = plan.rungs.filter { !tried.contains($0.transferSyntax) }[...]
        isWhole = true
    }
}
