package import Bytes

/// Re-encodes a data set between native syntaxes while it streams: implicit, explicit, big endian and deflated in;
/// Implicit or Explicit VR Little Endian out. Values are not changed, except for byte order and even padding.
///
/// Sequences and items come out with undefined length, so nothing has to be known ahead; memory is bounded by a few
/// times the piece pushed (times the inflate ratio when deflated). Group lengths are dropped. Unknown and private bytes
/// are passed on as they are: UN stays UN.
package struct NativeConverter: ~Copyable {
    private let isExplicit: Bool
    private let isSourceLittleEndian: Bool
    /// Inflating is all there is to do: the bytes inside are passed on.
    private let onlyInflates: Bool
    private var tokenizer: DataSetTokenizer
    private let inflater: Inflater?
    private var output = ByteWriter(capacity: 64 << 10)
    /// For each open sequence, whether it is UN and so implicit and little endian inside.
    private var unknownLevels: [Bool] = []
    private var current: (unit: Int, padding: UInt8?)?
    /// Bits Allocated of the top level, as met.
    private var bitsAllocated = 0
    private var isBitsAllocated = false

    /// Nil unless both syntaxes are native and `target` is Implicit or Explicit VR Little Endian.
    ///
    /// `byteCount` is the size of the source where known; not used when it is deflated.
    package init?(
        from source: TransferSyntax, to target: TransferSyntax, limits: DataSetLimits = DataSetLimits(),
        byteCount: Int? = nil
    ) {
        guard source.isNative, target == .implicitVRLittleEndian || target == .explicitVRLittleEndian else {
            return nil
        }
        isExplicit = target.isExplicit
        isSourceLittleEndian = source.isLittleEndian
        onlyInflates = source.isDeflated && target.isExplicit
        tokenizer = DataSetTokenizer(source, limits: limits, byteCount: source.isDeflated ? nil : byteCount)
        inflater = source.isDeflated ? Inflater(limits: limits) : nil
    }

    package var irregularities: DataSetIrregularities { tokenizer.irregularities }

    /// Takes the next bytes of the source and gives what they became.
    package mutating func push(_ bytes: RawSpan) throws(WireError) -> [UInt8] {
        if let inflater {
            try inflater.inflate(bytes) { block throws(WireError) in try convert(block) }
        } else {
            try convert(bytes)
        }
        return takeOutput()
    }

    /// Says that the source is at its end, and gives what is still missing. A truncated source is an error.
    package mutating func finish() throws(WireError) -> [UInt8] {
        if let inflater, !inflater.isFinished {
            throw WireError(
                .invalid("the deflate stream ends too early"), field: "deflated data set", offset: tokenizer.offset)
        }
        if !onlyInflates {
            tokenizer.finish()
            try drain()
        }
        return takeOutput()
    }

    /// Re-encodes a data set that is whole in memory; nil where `init` would be.
    package static func convert(
        _ bytes: [UInt8], from source: TransferSyntax, to target: TransferSyntax
    ) throws(WireError) -> [UInt8]? {
        guard var converter = NativeConverter(from: source, to: target, byteCount: bytes.count) else { return nil }
        return try converter.push(bytes.rawSpan) + converter.finish()
    }

    private mutating func takeOutput() -> [UInt8] {
        defer { output = ByteWriter(capacity: 0) }
        return output.bytes
    }

    private mutating func convert(_ bytes: RawSpan) throws(WireError) {
        if onlyInflates {
            output.append(bytes)
        } else {
            tokenizer.push(bytes)
            try drain()
        }
    }

    private mutating func drain() throws(WireError) {
        while true {
            let event = try tokenizer.next()
            switch event {
            case .needMore, .end, .stopped: return
            case .element(let header): try begin(header)
            case .value(let bytes, let isLast): take(bytes, isLast: isLast)
            case .sequenceStart(let header):
                writeHeader(header.tag, header.vr, ElementEncoding.undefinedLength)
                unknownLevels.append(header.vr == .UN || isInsideUnknown)
            case .itemStart: DataSetWriter.writeItemHeader(.item, ElementEncoding.undefinedLength, to: &output)
            case .itemEnd: DataSetWriter.writeItemHeader(.itemDelimitation, 0, to: &output)
            case .sequenceEnd:
                DataSetWriter.writeItemHeader(.sequenceDelimitation, 0, to: &output)
                unknownLevels.removeLast()
            case .encapsulatedStart(let header):
                throw WireError(
                    .invalid("encapsulated pixel data in a native syntax"), field: "\(header.tag)",
                    offset: header.offset)
            case .fragment, .encapsulatedEnd: break
            }
        }
    }

    private var isInsideUnknown: Bool { unknownLevels.last ?? false }

    private mutating func writeHeader(_ tag: Tag, _ vr: VR, _ length: UInt32) {
        DataSetWriter.writeHeader(tag, vr, length, isExplicit: isExplicit && !isInsideUnknown, to: &output)
    }

    private mutating func begin(_ header: ElementHeader) throws(WireError) {
        isBitsAllocated = header.tag == .bitsAllocated && unknownLevels.isEmpty
        if header.tag == .pixelData, header.vr == .OW, !isSourceLittleEndian, bitsAllocated > 16 {
            // OW says 16-bit words, but writers have turned whole pixels; a guess could ruin them unseen.
            throw WireError(
                .invalid("pixels of \(bitsAllocated) bits in big endian have no certain byte order"),
                field: "\(header.tag)", offset: header.offset)
        }
        let count = header.byteCount ?? 0
        writeHeader(header.tag, header.vr, UInt32(truncatingIfNeeded: count + count & 1))
        let keepsOrder = isSourceLittleEndian || isInsideUnknown
        current = (keepsOrder ? 1 : header.vr.unitByteCount, count & 1 == 1 ? header.vr.paddingByte : nil)
    }

    private mutating func take(_ bytes: [UInt8], isLast: Bool) {
        if isBitsAllocated, bytes.count >= 2 {
            bitsAllocated = Int(isSourceLittleEndian ? bytes[0] : bytes[1])
        }
        if let unit = current?.unit, unit > 1 {
            var swapped = bytes
            swapped.swapUnits(of: unit)
            output.append(swapped)
        } else {
            output.append(bytes)
        }
        if isLast, let padding = current?.padding { output.u8(padding) }
    }
}
