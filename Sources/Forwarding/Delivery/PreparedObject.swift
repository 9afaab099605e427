internal import CodecProcess
internal import Domain
internal import Imaging

/// An object as it is to be sent, made out of what is stored.
struct PreparedObject: Sendable {
    /// For which way it was made; nil: it stands for the stored object in every way.
    let way: Rung.Way?
    let object: StoredObject
    /// What the codec did; nil when pixels were left alone.
    let report: TranscodeReport?
    /// What was done when it was no codec's work, one sentence.
    let note: String?
    /// Keeps the file until the delivery is over.
    let artefact: HeldArtefact?

    init(_ artefact: Artefact, under key: ArtefactKey, for way: Rung.Way, _ object: StoredObject) {
        self.way = way
        self.object = object
        report = artefact.report
        note = nil
        self.artefact = HeldArtefact(key: key, artefact: artefact)
    }

    /// An object whose values were changed.
    init(_ object: StoredObject, note: String) {
        way = nil
        self.object = object
        report = nil
        self.note = note
        artefact = nil
    }

    func serves(_ rung: Rung?) -> Bool { way == nil || way == rung?.way }
}

/// An artefact, and under what it is kept.
struct HeldArtefact: Sendable {
    let key: ArtefactKey
    let artefact: Artefact
}

/// What became of preparing an instance.
struct Prepared: Sendable {
    enum Outcome: Sendable {
        /// Made, or nothing had to be made.
        case ready(PreparedObject?)
        /// Nothing can be made of it; the reason is for people.
        case unsendable(DeliveryError)
        /// It may be made later.
        case deferred(DeliveryError)
    }

    /// With the ways given up that could not be prepared.
    var ladder: InstanceLadder
    var outcome: Outcome
}
