/// A data set in memory: elements in ascending order of their tags, each tag once.
///
/// Values are raw bytes in little endian, whatever syntax they came from. Meant for small data sets: headers, commands,
/// queries, reports. Pixel Data is streamed elsewhere.
package struct DataSet: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        case bytes([UInt8])
        case sequence([DataSet])
        /// Encapsulated Pixel Data; the first fragment is the Basic Offset Table.
        case fragments([[UInt8]])
        /// The value was there, but too long to be kept.
        case omitted(byteCount: Int)
    }

    package struct Element: Equatable, Sendable {
        package let tag: Tag
        package var vr: VR
        package var value: Value

        package init(_ tag: Tag, _ vr: VR, _ value: Value) {
            self.tag = tag
            self.vr = vr
            self.value = value
        }
    }

    package private(set) var elements: [Element] = []

    package init() {}

    package var isEmpty: Bool { elements.isEmpty }

    package subscript(tag: Tag) -> Element? {
        let index = position(of: tag)
        return index < elements.count && elements[index].tag == tag ? elements[index] : nil
    }

    /// Puts the element at its place; an element already there is replaced.
    package mutating func set(_ element: Element) {
        let index = position(of: element.tag)
        if index < elements.count, elements[index].tag == element.tag {
            elements[index] = element
        } else {
            elements.insert(element, at: index)
        }
    }

    /// Puts the element at its place unless there is one already, which stays; says whether it was put.
    @discardableResult
    package mutating func insert(_ element: Element) -> Bool {
        let index = position(of: element.tag)
        if index < elements.count, elements[index].tag == element.tag { return false }
        elements.insert(element, at: index)
        return true
    }

    package mutating func remove(_ tag: Tag) {
        let index = position(of: tag)
        if index < elements.count, elements[index].tag == tag { elements.remove(at: index) }
    }

    private func position(of tag: Tag) -> Int {
        guard let last = elements.last, last.tag >= tag else { return elements.count }
        var low = 0
        var high = elements.count - 1
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].tag < tag { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// MARK: Reading values

extension DataSet {
    /// The raw value; nil when the element is absent, a sequence or not kept.
    package func bytes(_ tag: Tag) -> [UInt8]? {
        guard case .bytes(let bytes) = self[tag]?.value else { return nil }
        return bytes
    }

    /// What Specific Character Set (0008,0005) declares here; the default repertoire when it is absent.
    package var characterSet: CharacterSet {
        CharacterSet(terms: bytes(.specificCharacterSet).map { TextValue.split($0) } ?? [])
    }

    /// All values of a text element, trimmed. `inherited` is the character set of the enclosing data set, for items
    /// that do not declare their own.
    package func strings(_ tag: Tag, inherited: CharacterSet? = nil) -> [String] {
        guard let element = self[tag], case .bytes(let bytes) = element.value else { return [] }
        let vr = element.vr == .UN ? TagDictionary.vr(tag) : element.vr
        // All sets agree on ASCII, and most text is nothing else.
        let isPlain = bytes.allSatisfy { $0 < 0x80 && $0 != 0x1B }
        let text =
            isPlain
            ? String(decoding: bytes, as: UTF8.self)
            : textSet(vr, inherited).decode(bytes, isPersonName: vr == .PN)
        guard vr.isMultiValued else { return [TextValue.trim(text, keepsLeading: true)] }
        return text.split(separator: "\\", omittingEmptySubsequences: false).map {
            TextValue.trim($0, keepsLeading: false)
        }
    }

    private func textSet(_ vr: VR, _ inherited: CharacterSet?) -> CharacterSet {
        guard vr.usesCharacterSet else { return .default }
        return self[.specificCharacterSet] != nil ? characterSet : inherited ?? .default
    }

    /// The first value of a text element, trimmed; nil when absent or empty.
    package func string(_ tag: Tag, inherited: CharacterSet? = nil) -> String? {
        guard let first = strings(tag, inherited: inherited).first, !first.isEmpty else { return nil }
        return first
    }

    package func personName(_ tag: Tag) -> PersonName? { string(tag).map { PersonName($0) } }

    /// Nil when absent or not a UID.
    package func uid(_ tag: Tag) -> UID? {
        guard let bytes = bytes(tag) else { return nil }
        return UID(bytes: Array(bytes.prefix { $0 != UInt8(ascii: "\\") }))
    }

    package func uids(_ tag: Tag) -> [UID] { strings(tag).compactMap { UID($0) } }

    /// All values of an integer element: US, SS, UL, SL, UV, SV, AT (as 32 bits) or IS.
    package func ints(_ tag: Tag) -> [Int] {
        guard let element = self[tag], case .bytes(let bytes) = element.value else { return [] }
        let vr = element.vr == .UN ? TagDictionary.vr(tag) : element.vr
        switch vr {
        case .US: return units(bytes, 2).map { Int($0) }
        case .SS: return units(bytes, 2).map { Int(Int16(truncatingIfNeeded: $0)) }
        case .UL: return units(bytes, 4).map { Int($0) }
        case .SL: return units(bytes, 4).map { Int(Int32(truncatingIfNeeded: $0)) }
        case .UV, .SV: return units(bytes, 8).map { Int(truncatingIfNeeded: $0) }
        case .AT: return units(bytes, 4).map { Int($0 << 16 & 0xFFFF_0000 | $0 >> 16) }
        case .IS: return strings(tag).compactMap { Int($0) }
        default: return []
        }
    }

    package func int(_ tag: Tag) -> Int? { ints(tag).first }

    /// The items; none when absent.
    package func sequence(_ tag: Tag) -> [DataSet] {
        guard case .sequence(let items) = self[tag]?.value else { return [] }
        return items
    }

    private func units(_ bytes: [UInt8], _ size: Int) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % size, by: size).map { start in
            (0..<size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[start + $1]) }
        }
    }
}

// MARK: Writing values

extension DataSet {
    /// Several values are joined by backslashes. Text outside of ASCII needs ISO_IR 192 in (0008,0005).
    package mutating func set(_ tag: Tag, _ texts: String...) {
        set(Element(tag, TagDictionary.vr(tag), .bytes(Array(texts.joined(separator: "\\").utf8))))
    }

    package mutating func set(_ tag: Tag, _ uid: UID) { set(tag, uid.text) }
    package mutating func set(_ tag: Tag, _ value: UInt16) { set(tag, UInt64(value), byteCount: 2) }
    package mutating func set(_ tag: Tag, _ value: UInt32) { set(tag, UInt64(value), byteCount: 4) }

    package mutating func set(_ tag: Tag, items: [DataSet]) { set(Element(tag, .SQ, .sequence(items))) }

    private mutating func set(_ tag: Tag, _ value: UInt64, byteCount: Int) {
        let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        set(Element(tag, TagDictionary.vr(tag), .bytes(bytes)))
    }
}

/// Text values as bytes.
enum TextValue {
    /// The values of an ASCII element, trimmed.
    static func split(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false).map {
            trim(String(decoding: $0, as: UTF8.self), keepsLeading: false)
        }
    }

    /// Without the padding (blank or NUL) at the end and, unless they carry meaning, the blanks at the start.
    static func trim(_ text: some StringProtocol, keepsLeading: Bool) -> String {
        var text = Substring(text).unicodeScalars
        while let last = text.last, last == " " || last == "\0" { text.removeLast() }
        while !keepsLeading, text.first == " " { text.removeFirst() }
        return String(text)
    }
}
