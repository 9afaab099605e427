package import DICOM
package import DICOMNetwork

/// Which presentation contexts a set of objects needs, split into as many associations as that takes.
///
/// Each (SOP class, syntax) has a context of its own, so that no peer can choose another encoding than the one meant;
/// each SOP class has one more with Explicit and Implicit VR Little Endian, the encodings that everybody can fall back
/// to (PS3.8 7.1.1.13; compression.md 3.1).
package struct SendPlan: Sendable {
    /// What the plan needs to know of an object.
    package struct Item: Hashable, Sendable {
        package let sopClassUID: String
        /// In which it may be sent, best first.
        package let transferSyntaxUIDs: [String]

        package init(sopClassUID: String, transferSyntaxUIDs: [String]) {
            self.sopClassUID = sopClassUID
            self.transferSyntaxUIDs = transferSyntaxUIDs
        }

        /// An object that is sent as stored, or in another native encoding.
        package init(sopClassUID: String, transferSyntaxUID: String) {
            self.init(sopClassUID: sopClassUID, transferSyntaxUIDs: [transferSyntaxUID])
        }
    }

    /// What one association carries.
    package struct Batch: Equatable, Sendable {
        package fileprivate(set) var contexts: [ContextProposal] = []
        /// Indexes of the items, ascending.
        package fileprivate(set) var items: [Int] = []
    }

    package let batches: [Batch]

    package init(_ items: [Item], contextsMax: Int = AssociationLimits.contextsMax) {
        precondition(contextsMax >= 2, "an object may need two contexts")
        var places: [Item: Int] = [:]
        var batches: [Batch] = []
        for item in Self.grouped(items) {
            let last = batches.last?.contexts ?? []
            let needed = Self.proposals(for: item).filter { !last.contains($0) }
            if batches.isEmpty || last.count + needed.count > contextsMax {
                batches.append(Batch(contexts: Self.proposals(for: item)))
            } else {
                batches[batches.count - 1].contexts += needed
            }
            places[item] = batches.count - 1
        }
        for (index, item) in items.enumerated() {
            if let place = places[item] { batches[place].items.append(index) }
        }
        self.batches = batches
    }

    /// The distinct items, those of one class together, in order of first appearance.
    private static func grouped(_ items: [Item]) -> [Item] {
        var order: [String] = []
        var byClass: [String: [Item]] = [:]
        var seen = Set<Item>()
        for item in items where seen.insert(item).inserted {
            if byClass[item.sopClassUID] == nil { order.append(item.sopClassUID) }
            byClass[item.sopClassUID, default: []].append(item)
        }
        return order.flatMap { byClass[$0] ?? [] }
    }

    private static let native = [WellKnownUID.explicitVRLittleEndian, WellKnownUID.implicitVRLittleEndian]

    /// Who offers the syntax must support, and so offers, the other one too (PS3.5 10.2, 10.3, 10.5).
    private static let companions: [TransferSyntax: TransferSyntax] = [
        .jpegLossless: .jpegLosslessSV1, .jpegExtended: .jpegBaseline, .jpegLSNearLossless: .jpegLSLossless,
    ]

    private static func proposals(for item: Item) -> [ContextProposal] {
        var proposals: [ContextProposal] = []
        func propose(_ syntaxes: [String]) {
            let proposal = ContextProposal(item.sopClassUID, syntaxes)
            if !proposals.contains(proposal) { proposals.append(proposal) }
        }
        for (place, uid) in item.transferSyntaxUIDs.enumerated() {
            // As the first way Explicit has a context of its own, too: peers that may choose take Implicit
            // (pynetdicom, Orthanc), and what was stored would change.
            if place == 0 || !native.contains(uid) { propose([uid]) }
            if let companion = UID(uid).flatMap({ companions[TransferSyntax($0)] }) { propose([companion.uid.text]) }
        }
        propose(native)
        return proposals
    }
}

/// One way to send an object: in which context, and so in which encoding.
package struct SendWay: Equatable, Sendable {
    package let context: AcceptedContext
    /// Nil: as stored.
    package let conversion: TransferSyntax?

    package init(context: AcceptedContext, conversion: TransferSyntax?) {
        self.context = context
        self.conversion = conversion
    }

    /// The ways that are open in an association, best first: as stored; then, for native objects, explicit before
    /// implicit. Empty: the destination refuses this class in this syntax.
    package static func ways(for object: StoredObject, among accepted: [AcceptedContext]) -> [SendWay] {
        ways(for: object.sopClassUID, in: object.transferSyntax, among: accepted)
    }

    static func ways(
        for sopClassUID: String, in syntax: TransferSyntax, among accepted: [AcceptedContext]
    ) -> [SendWay] {
        let contexts = accepted.filter { $0.abstractSyntax == sopClassUID }
        var ways: [SendWay] = []
        if let same = contexts.first(where: { $0.transferSyntax == syntax.uid.text }) {
            ways.append(SendWay(context: same, conversion: nil))
        }
        guard syntax.isNative else { return ways }
        for target in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian] where target != syntax {
            if let context = contexts.first(where: { $0.transferSyntax == target.uid.text }) {
                ways.append(SendWay(context: context, conversion: target))
            }
        }
        return ways
    }
}
