/// An application entity title (PS3.5 6.2, AE): 1 to 16 printable ASCII characters, no backslash, not only blanks.
///
/// Leading and trailing blanks carry no meaning and are not kept.
package struct AETitle: Hashable, Sendable {
    package let text: String

    /// Nil unless `text` is an AE title once trimmed.
    package init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8))
    }

    /// Nil unless the bytes, freed of blanks at both ends and of NUL at the end, are an AE title.
    package init?(bytes: [UInt8]) {
        var trimmed = bytes[...]
        while let last = trimmed.last, last == 0x20 || last == 0 { trimmed.removeLast() }
        while trimmed.first == 0x20 { trimmed.removeFirst() }
        let isAllowed = { (byte: UInt8) in (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\") }
        guard (1...16).contains(trimmed.count), trimmed.allSatisfy(isAllowed) else { return nil }
        text = String(decoding: trimmed, as: UTF8.self)
    }

    /// Exactly 16 bytes, filled up with blanks, as in an A-ASSOCIATE-RQ (PS3.8 9.3.2).
    package var padded: [UInt8] {
        let bytes = Array(text.utf8)
        return bytes + Array(repeating: 0x20, count: 16 - bytes.count)
    }
}

extension AETitle: CustomStringConvertible {
    package var description: String { text }
}
