package import Bytes

/// Reads a data set front to back, in pieces of any size, and says what it meets; it holds no more than it was given.
///
///     OFFSET  SIZE  FIELD         NOTE
///     0       4     tag           group, element
///     4       4     length        Implicit VR (PS3.5 7.1.3), items and delimiters (7.5)
///     4       2     VR            Explicit VR (7.1.2)
///     6       2     length        short form
///     6       2     reserved      long form: 12 bytes in all
///     8       4     length        long form
///
/// Levels are kept on an explicit stack, so depth costs no stack of the machine. Each length is checked against the end
/// of the enclosing level before anything is done with it. A deflated data set is to be inflated before.
package struct DataSetTokenizer: Sendable {
    package enum Event: Equatable, Sendable {
        /// A value of defined length begins; `value` events follow, at least one.
        case element(ElementHeader)
        /// The next bytes of the value or fragment, in the byte order of the source.
        case value([UInt8], isLast: Bool)
        /// A sequence begins. VR UN: its content is Implicit VR Little Endian whatever the rest is.
        case sequenceStart(ElementHeader)
        case itemStart
        case itemEnd
        case sequenceEnd
        /// Pixel Data in fragments begins; the first fragment is the Basic Offset Table.
        case encapsulatedStart(ElementHeader)
        /// A fragment begins; `value` events follow, at least one.
        case fragment(byteCount: Int)
        case encapsulatedEnd
        /// The tag to stop at, or one behind it, was met at the top level; nothing of it is consumed.
        case stopped(ElementHeader)
        /// Everything pushed is used up.
        case needMore
        /// The data set ended where it may end.
        case end
    }

    private enum Kind { case dataSet, sequence, item, encapsulated }

    private struct Level: Sendable {
        var kind: Kind
        var encoding: ElementEncoding
        /// Own end, when it was given as a length.
        var end: Int?
        /// End of the nearest level around that has one.
        var bound: Int?
        var lastTag: Tag?
        var isSigned: Bool
    }

    private let limits: DataSetLimits
    private let stopTag: Tag?
    private var window = InputWindow()
    private var levels: [Level]
    private var depth = 0
    private var pending: (byteCount: Int, isSkipped: Bool)?
    private var stoppedAt: ElementHeader?
    private var inputEnded = false
    private var valueTag: Tag?
    package private(set) var irregularities = DataSetIrregularities()

    /// `byteCount` is the size of the whole data set where it is known; lengths are then checked against it at once.
    package init(
        _ syntax: TransferSyntax, limits: DataSetLimits = DataSetLimits(), byteCount: Int? = nil, stopBefore: Tag? = nil
    ) {
        self.limits = limits
        stopTag = stopBefore
        levels = [
            Level(kind: .dataSet, encoding: syntax.elementEncoding, end: nil, bound: byteCount, isSigned: false)
        ]
    }

    /// Bytes parsed so far.
    package var offset: Int { window.offset }

    package mutating func push(_ bytes: RawSpan) { window.append(bytes) }

    /// Says that nothing more will be pushed.
    package mutating func finish() { inputEnded = true }

    /// Leaves out the value that was just announced.
    package mutating func skipValue() { pending?.isSkipped = true }

    /// The next event. A truncated or contradictory data set is an error; one that has not arrived yet is `needMore`.
    package mutating func next() throws(WireError) -> Event {
        if let stoppedAt { return .stopped(stoppedAt) }
        while true {
            if pending != nil {
                if let event = try nextValue() { return event }
                continue
            }
            if let event = closeFinishedLevel() { return event }
            if window.count < 8 {
                if try isAtEnd() { return .end }
                if !inputEnded { return .needMore }
            }
            let event =
                switch levels[levels.count - 1].kind {
                case .dataSet, .item: try nextElement()
                case .sequence: try nextItem()
                case .encapsulated: try nextFragment()
                }
            if let event { return event }
        }
    }
}

extension DataSetTokenizer {
    private var level: Level { levels[levels.count - 1] }

    private func error(_ kind: WireError.Kind, _ field: String) -> WireError {
        WireError(kind, field: field, offset: window.offset)
    }

    private func isAtEnd() throws(WireError) -> Bool {
        guard inputEnded else { return false }
        if window.count == 0, levels.count == 1, (level.bound ?? offset) <= offset { return true }
        throw error(.truncated(needed: 8, available: window.count), "data set")
    }

    private mutating func closeFinishedLevel() -> Event? {
        guard let end = level.end, end == offset else { return nil }
        let kind = level.kind
        levels.removeLast()
        if kind == .sequence { depth -= 1 }
        return kind == .sequence ? .sequenceEnd : .itemEnd
    }

    /// Bytes that may still follow in this level; nil when only the end of input can tell.
    private var bytesLeft: Int? { level.bound.map { $0 - offset } }

    private func checkRoom(_ needed: Int, _ field: @autoclosure () -> String) throws(WireError) {
        let left = inputEnded ? min(bytesLeft ?? window.count, window.count) : bytesLeft
        if let left, needed > left { throw error(.truncated(needed: needed, available: left), field()) }
    }

    private mutating func nextValue() throws(WireError) -> Event? {
        guard let value = pending else { return nil }
        var count = min(window.count, value.byteCount)
        let isLast = count == value.byteCount
        // Whole numbers only, so that a piece can have its byte order changed by itself.
        if !isLast, !value.isSkipped { count &= ~7 }
        if !isLast, count == 0 {
            guard inputEnded else { return .needMore }
            throw error(.truncated(needed: value.byteCount, available: window.count), "value of \(valueTag ?? .item)")
        }
        pending = isLast ? nil : (value.byteCount - count, value.isSkipped)
        if value.isSkipped {
            window.skip(count)
            return nil
        }
        if valueTag == .pixelRepresentation, count >= 2 {
            levels[levels.count - 1].isSigned = window.u16(0, littleEndian: level.encoding.isLittleEndian) == 1
        }
        return .value(window.take(count), isLast: isLast)
    }

    // MARK: Elements

    private mutating func nextElement() throws(WireError) -> Event? {
        try checkRoom(8, "element header")
        let tag = window.tag(littleEndian: level.encoding.isLittleEndian)
        if tag.group == 0xFFFE { return try delimiter(tag) }
        guard let header = try elementHeader(tag) else { return .needMore }
        if let stopTag, depth == 0, tag >= stopTag {
            stoppedAt = header
            return .stopped(header)
        }
        try noteOrder(tag)
        let headerByteCount = header.valueOffset - header.offset
        try checkRoom(headerByteCount, "header of \(tag)")
        if let byteCount = header.byteCount, let left = bytesLeft, byteCount > left - headerByteCount {
            throw error(.truncated(needed: byteCount, available: left - headerByteCount), "\(tag)")
        }
        let start = try begin(header)
        window.skip(headerByteCount)
        if let byteCount = header.byteCount, byteCount & 1 == 1 { irregularities.oddLengthCount += 1 }
        return start
    }

    /// Nil while the second half of a long header has not arrived.
    private mutating func elementHeader(_ tag: Tag) throws(WireError) -> ElementHeader? {
        let encoding = level.encoding
        let littleEndian = encoding.isLittleEndian
        guard encoding.isExplicit else {
            let vr = TagDictionary.vr(tag, isSigned: level.isSigned)
            return header(tag, vr, window.u32(4, littleEndian: littleEndian), size: 8)
        }
        let letters = (window.u8(4), window.u8(5))
        let vr = VR(letters.0, letters.1)
        if let vr, !vr.hasLongForm {
            return header(tag, vr, UInt32(window.u16(6, littleEndian: littleEndian)), size: 8)
        }
        guard vr != nil || (isLetter(letters.0) && isLetter(letters.1)) else {
            throw error(.invalid("unknown VR 0x\(Hex.encode([letters.0, letters.1]))"), "\(tag)")
        }
        try checkRoom(12, "header of \(tag)")
        guard window.count >= 12 else { return nil }
        let length = window.u32(8, littleEndian: littleEndian)
        if vr == nil {
            guard length != ElementEncoding.undefinedLength else {
                throw error(.invalid("unknown VR with undefined length"), "\(tag)")
            }
            irregularities.unknownVRCount += 1
        }
        return header(tag, vr ?? .UN, length, size: 12)
    }

    private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private func header(_ tag: Tag, _ vr: VR, _ length: UInt32, size: Int) -> ElementHeader {
        let byteCount = length == ElementEncoding.undefinedLength ? nil : Int(length)
        return ElementHeader(tag: tag, vr: vr, byteCount: byteCount, offset: offset, valueOffset: offset + size)
    }

    private mutating func noteOrder(_ tag: Tag) throws(WireError) {
        if let last = level.lastTag, tag <= last {
            if limits.isStrict { throw error(.invalid("tag does not ascend"), "\(tag)") }
            irregularities.unorderedTagCount += 1
        }
        levels[levels.count - 1].lastTag = tag
    }

    private mutating func begin(_ header: ElementHeader) throws(WireError) -> Event? {
        valueTag = header.tag
        if header.vr == .SQ || (header.vr == .UN && header.byteCount == nil) {
            try open(header)
            return .sequenceStart(header)
        }
        guard let byteCount = header.byteCount else {
            guard header.tag == .pixelData else {
                throw error(.invalid("undefined length with VR \(header.vr)"), "\(header.tag)")
            }
            levels.append(
                Level(
                    kind: .encapsulated, encoding: level.encoding, end: nil, bound: level.bound,
                    isSigned: level.isSigned))
            return .encapsulatedStart(header)
        }
        let isDropped = header.tag.isGroupLength
        if isDropped { irregularities.groupLengthCount += 1 }
        pending = (byteCount, isDropped)
        return isDropped ? nil : .element(header)
    }

    private mutating func open(_ header: ElementHeader) throws(WireError) {
        guard depth < limits.nestingDepthMax else {
            throw error(.overlong(length: depth + 1, limit: limits.nestingDepthMax), "nesting depth")
        }
        depth += 1
        let end = header.byteCount.map { header.valueOffset + $0 }
        let encoding = header.vr == .UN ? .implicitLittleEndian : level.encoding
        levels.append(
            Level(kind: .sequence, encoding: encoding, end: end, bound: end ?? level.bound, isSigned: level.isSigned))
    }

    /// A delimiter where an element could stand.
    private mutating func delimiter(_ tag: Tag) throws(WireError) -> Event? {
        let isOpenItem = level.kind == .item && level.end == nil
        if tag == .itemDelimitation, isOpenItem {
            window.skip(8)
            levels.removeLast()
            return .itemEnd
        }
        if tag == .sequenceDelimitation, isOpenItem {
            // The item was left open; its sequence finds the delimiter again.
            irregularities.strayDelimiterCount += 1
            levels.removeLast()
            return .itemEnd
        }
        guard tag == .itemDelimitation || tag == .sequenceDelimitation else {
            throw error(.invalid("item outside of a sequence"), "\(tag)")
        }
        irregularities.strayDelimiterCount += 1
        window.skip(8)
        return nil
    }

    // MARK: Items and fragments

    private mutating func nextItem() throws(WireError) -> Event? {
        try checkRoom(8, "item header")
        let littleEndian = level.encoding.isLittleEndian
        let tag = window.tag(littleEndian: littleEndian)
        switch tag {
        case .item:
            let length = window.u32(4, littleEndian: littleEndian)
            let end = try itemEnd(length)
            window.skip(8)
            levels.append(
                Level(
                    kind: .item, encoding: level.encoding, end: end, bound: end ?? level.bound,
                    isSigned: level.isSigned))
            return .itemStart
        case .sequenceDelimitation where level.end == nil:
            window.skip(8)
            levels.removeLast()
            depth -= 1
            return .sequenceEnd
        case .sequenceDelimitation, .itemDelimitation:
            irregularities.strayDelimiterCount += 1
            window.skip(8)
            return nil
        default:
            throw error(.invalid("element between the items of a sequence"), "\(tag)")
        }
    }

    private func itemEnd(_ length: UInt32) throws(WireError) -> Int? {
        guard length != ElementEncoding.undefinedLength else { return nil }
        if let left = bytesLeft, Int(length) > left - 8 {
            throw error(.truncated(needed: Int(length), available: left - 8), "item")
        }
        return offset + 8 + Int(length)
    }

    private mutating func nextFragment() throws(WireError) -> Event? {
        try checkRoom(8, "fragment header")
        let littleEndian = level.encoding.isLittleEndian
        let tag = window.tag(littleEndian: littleEndian)
        if tag == .sequenceDelimitation {
            window.skip(8)
            levels.removeLast()
            return .encapsulatedEnd
        }
        let length = window.u32(4, littleEndian: littleEndian)
        guard tag == .item, length != ElementEncoding.undefinedLength else {
            throw error(.invalid("not a fragment of defined length"), "\(tag)")
        }
        _ = try itemEnd(length)
        window.skip(8)
        if length & 1 == 1 { irregularities.oddLengthCount += 1 }
        valueTag = .item
        pending = (Int(length), false)
        return .fragment(byteCount: Int(length))
    }
}
