/// What PS3.6 says of a tag: VR, keyword and value multiplicity.
///
/// The table is one text in TagDictionary.generated.swift, parsed at first use into arrays sorted by tag.
package enum TagDictionary {
    package struct Entry: Sendable {
        /// The VR to write when nothing else is known: for OB or OW it is OW, for US or SS it is US.
        package let vr: VR
        /// `PatientName`; empty for a few retired elements.
        package let keyword: String
        /// `1`, `1-n`, ...
        package let multiplicity: String
        /// Whether the VR is US or SS, decided by Pixel Representation (0028,0103).
        package let followsPixelRepresentation: Bool
    }

    /// Nil for private and unknown tags. Any even group 50xx or 60xx stands for its repeating group.
    package static func entry(_ tag: Tag) -> Entry? {
        table.index(of: tag).map { table.entries[$0] }
    }

    /// The VR of an element in Implicit VR; UN when the tag is private or unknown (PS3.5 6.2.2).
    ///
    /// `isSigned` is Pixel Representation of the enclosing data set, where it is known.
    package static func vr(_ tag: Tag, isSigned: Bool = false) -> VR {
        if tag.isGroupLength { return .UL }
        if tag.isPrivate { return tag.isPrivateCreator ? .LO : .UN }
        guard let index = table.index(of: tag) else { return .UN }
        return isSigned && table.entries[index].followsPixelRepresentation ? .SS : table.entries[index].vr
    }

    /// The tag of a keyword such as `PatientName`.
    package static func tag(keyword: String) -> Tag? { table.byKeyword[keyword] }

    /// How many tags are known.
    package static var count: Int { table.tags.count }

    private static let table = Table(tagDictionaryText)

    private struct Table: Sendable {
        var tags: [UInt32] = []
        var entries: [Entry] = []
        var byKeyword: [String: Tag] = [:]

        init(_ text: String) {
            var group: UInt32 = 0
            for word in text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
                if word.first == UInt8(ascii: "@") {
                    group = UInt32(Substring(word.dropFirst()), radix: 16) ?? 0
                } else if let element = UInt32(Substring(word.prefix(4)), radix: 16), let entry = Self.entry(word) {
                    tags.append(group << 16 | element)
                    entries.append(entry)
                    byKeyword[entry.keyword] = Tag(rawValue: group << 16 | element)
                }
            }
        }

        private static func entry(_ word: Substring.UTF8View) -> Entry? {
            let letters = Array(word.dropFirst(4).prefix(2))
            guard letters.count == 2, let vr = VR(letters[0] & 0xDF, letters[1] & 0xDF) else { return nil }
            let parts = word.dropFirst(6).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            return Entry(
                vr: vr,
                keyword: String(Substring(parts[0])),
                multiplicity: parts.count > 1 ? String(Substring(parts[1])) : "1",
                followsPixelRepresentation: letters[0] & 0x20 != 0 && vr == .US)
        }

        func index(of tag: Tag) -> Int? {
            let repeats = tag.group & 0xFF01 == 0x5000 || tag.group & 0xFF01 == 0x6000
            let wanted = repeats ? tag.rawValue & 0xFF00_FFFF : tag.rawValue
            var low = 0
            var high = tags.count
            while low < high {
                let middle = (low + high) / 2
                if tags[middle] < wanted { low = middle + 1 } else { high = middle }
            }
            return low < tags.count && tags[low] == wanted ? low : nil
        }
    }
}
