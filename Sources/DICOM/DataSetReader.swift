package import Bytes

/// Builds a `DataSet` from bytes that arrive in pieces; can stop before a tag, and can keep only chosen elements.
package struct DataSetReader: ~Copyable {
    package enum LongValues: Sendable {
        /// A value over the limit is an error.
        case refuse
        /// A value over the limit is passed over and recorded as `omitted`.
        case omit
    }

    package struct Options: Sendable {
        package var limits = DataSetLimits()
        /// Stop at the first tag of the top level that is this or higher.
        package var stopBefore: Tag?
        /// Size of the data set as stored, where known: wrong lengths then show at once. Not used when deflated.
        package var byteCount: Int?
        /// The elements of the top level to keep; nil for all.
        package var selection: Set<Tag>?
        package var longValues = LongValues.refuse

        package init() {}
    }

    package enum Progress: Equatable, Sendable {
        case needMore
        /// The tag to stop at was met. Nothing more need be pushed.
        case stopped(ElementHeader)
        case complete
    }

    private let options: Options
    private var tokenizer: DataSetTokenizer
    private let inflater: Inflater?
    private var builder: DataSetBuilder
    package private(set) var progress = Progress.needMore

    package init(_ syntax: TransferSyntax, options: Options = Options()) {
        self.options = options
        tokenizer = DataSetTokenizer(
            syntax, limits: options.limits, byteCount: syntax.isDeflated ? nil : options.byteCount,
            stopBefore: options.stopBefore)
        inflater = syntax.isDeflated ? Inflater(limits: options.limits) : nil
        builder = DataSetBuilder(options: options, isLittleEndian: syntax.isLittleEndian)
    }

    /// What has been read so far; whole once `progress` is `stopped` or `complete`.
    package var dataSet: DataSet { builder.root }
    package var irregularities: DataSetIrregularities { tokenizer.irregularities }

    /// Takes the next bytes. Without effect once stopped.
    package mutating func push(_ bytes: RawSpan) throws(WireError) {
        guard progress == .needMore else { return }
        guard let inflater else {
            tokenizer.push(bytes)
            return try drain()
        }
        var failure: WireError?
        try inflater.inflate(bytes) { block throws(WireError) in
            guard progress == .needMore else { return }
            tokenizer.push(block)
            do throws(WireError) { try drain() } catch { failure = error }
            if let failure { throw failure }
        }
    }

    /// Says that nothing more will come; a data set that is not complete then is an error.
    package mutating func finish() throws(WireError) {
        if let inflater, !inflater.isFinished, progress == .needMore {
            throw WireError(
                .invalid("the deflate stream ends too early"), field: "deflated data set", offset: tokenizer.offset)
        }
        tokenizer.finish()
        try drain()
    }

    private mutating func drain() throws(WireError) {
        while progress == .needMore {
            let event = try tokenizer.next()
            switch event {
            case .needMore: return
            case .end: progress = .complete
            case .stopped(let header): progress = .stopped(header)
            default:
                if try builder.take(event, at: tokenizer.offset) { tokenizer.skipValue() }
            }
        }
    }

    /// Reads a data set that is whole in memory.
    package static func read(
        _ bytes: [UInt8], _ syntax: TransferSyntax, limits: DataSetLimits = DataSetLimits()
    ) throws(WireError) -> DataSet {
        var options = Options()
        options.limits = limits
        options.byteCount = bytes.count
        var reader = DataSetReader(syntax, options: options)
        try reader.push(bytes.rawSpan)
        try reader.finish()
        return reader.dataSet
    }
}

/// Puts events together. Levels stand on stacks of their own, so that each is changed in place.
struct DataSetBuilder {
    private let options: DataSetReader.Options
    private let isLittleEndian: Bool
    private var dataSets = [DataSet()]
    private var sequences: [(header: ElementHeader, items: [DataSet])] = []
    private var fragments: (header: ElementHeader, values: [[UInt8]])?
    private var current: ElementHeader?
    private var value: [UInt8] = []
    /// Sequences open inside an element that is not wanted.
    private var ignoredDepth = 0
    private var ignoresFragments = false
    /// Levels whose content is Implicit VR Little Endian because their sequence is UN.
    private var unknownDepth = 0
    private var elementCount = 0
    private var totalByteCount = 0

    init(options: DataSetReader.Options, isLittleEndian: Bool) {
        self.options = options
        self.isLittleEndian = isLittleEndian
    }

    var root: DataSet { dataSets[0] }

    /// True when the value just announced is not wanted.
    mutating func take(_ event: DataSetTokenizer.Event, at offset: Int) throws(WireError) -> Bool {
        if ignoredDepth > 0 || ignoresFragments { return ignore(event) }
        switch event {
        case .element(let header): return try begin(header)
        case .value(let bytes, let isLast): take(bytes, isLast: isLast)
        case .sequenceStart(let header):
            try count(header, byteCount: 0)
            if !isWanted(header.tag) {
                ignoredDepth = 1
                return false
            }
            if header.vr == .UN || unknownDepth > 0 { unknownDepth += 1 }
            sequences.append((header, []))
        case .itemStart:
            try countElement(at: offset)
            dataSets.append(DataSet())
        case .itemEnd:
            let item = dataSets.removeLast()
            sequences[sequences.count - 1].items.append(item)
        case .sequenceEnd:
            let (header, items) = sequences.removeLast()
            if unknownDepth > 0 { unknownDepth -= 1 }
            insert(DataSet.Element(header.tag, header.vr, .sequence(items)))
        case .encapsulatedStart(let header):
            ignoresFragments = !isWanted(header.tag)
            if !ignoresFragments { fragments = (header, []) }
        case .fragment(let byteCount):
            try countElement(at: offset)
            try count(byteCount, "fragment", at: offset)
        case .encapsulatedEnd:
            if let whole = fragments {
                insert(DataSet.Element(whole.header.tag, whole.header.vr, .fragments(whole.values)))
            }
            fragments = nil
        case .needMore, .end, .stopped: break
        }
        return false
    }

    private mutating func ignore(_ event: DataSetTokenizer.Event) -> Bool {
        switch event {
        case .element, .fragment: return true
        case .sequenceStart: ignoredDepth += 1
        case .sequenceEnd: ignoredDepth -= 1
        case .encapsulatedEnd: ignoresFragments = false
        default: break
        }
        return false
    }

    private func isWanted(_ tag: Tag) -> Bool {
        sequences.isEmpty ? options.selection?.contains(tag) ?? true : true
    }

    private mutating func begin(_ header: ElementHeader) throws(WireError) -> Bool {
        guard isWanted(header.tag) else { return true }
        let byteCount = header.byteCount ?? 0
        if case .omit = options.longValues, byteCount > options.limits.valueByteCountMax {
            try countElement(at: header.offset)
            insert(DataSet.Element(header.tag, header.vr, .omitted(byteCount: byteCount)))
            return true
        }
        try count(header, byteCount: byteCount)
        current = header
        value = []
        return false
    }

    private mutating func take(_ bytes: [UInt8], isLast: Bool) {
        if value.isEmpty { value = bytes } else { value += bytes }
        guard isLast else { return }
        if let header = current {
            if !isLittleEndian, unknownDepth == 0 { value.swapUnits(of: header.vr.unitByteCount) }
            insert(DataSet.Element(header.tag, header.vr, .bytes(value)))
        } else {
            fragments?.values.append(value)
        }
        current = nil
        value = []
    }

    private mutating func insert(_ element: DataSet.Element) {
        dataSets[dataSets.count - 1].insert(element)
    }

    private mutating func count(_ header: ElementHeader, byteCount: Int) throws(WireError) {
        try countElement(at: header.offset)
        try count(byteCount, "\(header.vr) value", at: header.offset)
    }

    private mutating func countElement(at offset: Int) throws(WireError) {
        elementCount += 1
        if elementCount > options.limits.elementCountMax {
            throw WireError(
                .overlong(length: elementCount, limit: options.limits.elementCountMax), field: "number of elements",
                offset: offset)
        }
    }

    private mutating func count(_ byteCount: Int, _ field: String, at offset: Int) throws(WireError) {
        totalByteCount += byteCount
        let limits = options.limits
        if byteCount > limits.valueByteCountMax || totalByteCount > limits.totalByteCountMax {
            let isValue = byteCount > limits.valueByteCountMax
            throw WireError(
                isValue
                    ? .overlong(length: byteCount, limit: limits.valueByteCountMax)
                    : .overlong(length: totalByteCount, limit: limits.totalByteCountMax),
                field: field, offset: offset)
        }
    }
}
