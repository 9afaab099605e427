/// The address of a data element: group and element number (PS3.5 7.1).
package struct Tag: RawRepresentable, Hashable, Comparable, Sendable {
    /// Group in the upper 16 bits, element in the lower.
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package init(_ group: UInt16, _ element: UInt16) {
        rawValue = UInt32(group) << 16 | UInt32(element)
    }

    package var group: UInt16 { UInt16(rawValue >> 16) }
    package var element: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    /// Odd groups belong to vendors.
    package var isPrivate: Bool { group & 1 == 1 }
    /// (gggg,0000), retired outside of command sets and file meta information (PS3.5 7.2).
    package var isGroupLength: Bool { element == 0 }
    /// (gggg,0010-00FF) of a private group reserves a block and is LO in every syntax (PS3.5 7.8.1).
    package var isPrivateCreator: Bool { isPrivate && (0x10...0xFF).contains(element) }

    package static func < (left: Tag, right: Tag) -> Bool { left.rawValue < right.rawValue }
}

extension Tag: CustomStringConvertible {
    /// `(0010,0010) PatientName`, or the numbers alone where the dictionary knows no keyword.
    package var description: String {
        let numbers = "(\(Tag.hex(group)),\(Tag.hex(element)))"
        guard let keyword = TagDictionary.entry(self)?.keyword, !keyword.isEmpty else { return numbers }
        return numbers + " " + keyword
    }

    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
