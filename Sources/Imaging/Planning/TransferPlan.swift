package import DICOM

/// One way to send an instance.
package struct Rung: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        /// The stored bytes.
        case asStored
        /// Another native encoding of the data set; samples and values stay.
        case reencoded(TransferSyntax)
        /// Pixels decoded and encoded anew, by the codec process.
        case transcoded(TranscodeRecipe)
    }

    package var way: Way
    /// In which syntax it goes out.
    package var transferSyntax: TransferSyntax
    /// Why it stands here, one sentence for people.
    package var reason: String

    package init(_ way: Way, _ transferSyntax: TransferSyntax, _ reason: String) {
        self.way = way
        self.transferSyntax = transferSyntax
        self.reason = reason
    }

    /// Whether this step may change samples.
    package var isLossy: Bool {
        if case .transcoded(let recipe) = way { recipe.parameters.isLossy } else { false }
    }
}

/// The ways in which an instance may go to a destination, best first.
package struct TransferPlan: Equatable, Sendable {
    package var rungs: [Rung]
    /// What was ruled out and why, one sentence each.
    package var notes: [String]

    package init(rungs: [Rung], notes: [String]) {
        self.rungs = rungs
        self.notes = notes
    }
}
