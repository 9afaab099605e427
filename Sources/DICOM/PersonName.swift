/// A person name (PS3.5 6.2.1): up to three groups of five components.
package struct PersonName: Equatable, Sendable {
    package struct Group: Equatable, Sendable {
        package let family: String
        package let given: String
        package let middle: String
        package let prefix: String
        package let suffix: String

        init(_ text: Substring) {
            let parts = text.split(separator: "^", maxSplits: 4, omittingEmptySubsequences: false)
            func part(_ index: Int) -> String {
                index < parts.count ? TextValue.trim(parts[index], keepsLeading: false) : ""
            }
            family = part(0)
            given = part(1)
            middle = part(2)
            prefix = part(3)
            suffix = part(4)
        }

        /// `Dr. Anna Maria Muster M.D.`
        package var display: String {
            [prefix, given, middle, family, suffix].filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    package let alphabetic: Group
    package let ideographic: Group?
    package let phonetic: Group?

    /// Takes one decoded value, `Family^Given^Middle^Prefix^Suffix=ideographic=phonetic`.
    package init(_ text: some StringProtocol) {
        let groups = Substring(text).split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false)
        alphabetic = Group(groups.first ?? "")
        ideographic = groups.count > 1 && !groups[1].isEmpty ? Group(groups[1]) : nil
        phonetic = groups.count > 2 && !groups[2].isEmpty ? Group(groups[2]) : nil
    }
}
