internal import Bytes
internal import DICOM
internal import Reactor

/// An image as it is stored, taken apart: its elements without the pixels, and where each frame is.
struct StoredImage: Sendable {
    enum Pixels: Sendable {
        /// All frames from `offset` on, `byteCount` bytes; `swapsWords`: big endian words of 16 bits.
        case native(offset: Int, byteCount: Int, swapsWords: Bool)
        case encapsulated(FragmentIndex)
    }

    let transferSyntax: TransferSyntax
    /// Everything but Pixel Data, the elements behind it included.
    let dataSet: DataSet
    let description: PixelDescription
    let bytes: PixelBytes
    let pixels: Pixels
    let sopClassUID: UID
    let sopInstanceUID: UID

    /// Whether the pixels lost something before: as `InstanceFacts.isLossyAlready` has it.
    var wasLossy: Bool { InstanceFacts.isLossy(dataSet, transferSyntax) }

    /// What inflating may make of a deflated data set, which has to be in memory whole: enough for stills.
    private static let inflatedByteCountMax = 256 << 20

    init(_ file: ReadableFile) throws(TranscodeError) {
        let elements: ElementsBeforePixels
        do throws(FactsError) {
            elements = try ElementsBeforePixels(file, nil, DataSetLimits())
        } catch {
            throw .codec(.malformed(error.description))
        }
        let syntax = elements.header.transferSyntax
        transferSyntax = syntax
        guard let found = elements.stoppedAt, found.tag == .pixelData else {
            throw .codec(.unsupported("the object has no Pixel Data"))
        }
        guard let sopClass = elements.dataSet.uid(.sopClassUID), let instance = elements.dataSet.uid(.sopInstanceUID)
        else { throw .codec(.malformed("SOP Class UID or SOP Instance UID is missing")) }
        sopClassUID = sopClass
        sopInstanceUID = instance
        do throws(CodecError) { description = try PixelDescription(elements.dataSet) } catch { throw .codec(error) }
        let base: Int
        if syntax.isDeflated {
            bytes = .memory(try Self.inflated(file, elements.header))
            base = 0
        } else {
            bytes = .file(file)
            base = elements.header.dataSetOffset
        }
        let start = base + found.valueOffset
        let end: Int
        if let byteCount = found.byteCount {
            let swaps = !syntax.isLittleEndian && found.vr == .OW
            pixels = .native(offset: start, byteCount: byteCount, swapsWords: swaps)
            end = start + byteCount
            guard end <= bytes.byteCount else {
                throw .codec(.malformed("Pixel Data ends \(end - bytes.byteCount) bytes behind the file"))
            }
            try Self.check(byteCount, description, syntax)
        } else {
            let extended = Self.extendedOffsets(elements.dataSet)
            let index = try FragmentIndex(
                bytes, from: start, frameCount: description.frameCount, extended: extended)
            pixels = .encapsulated(index)
            end = index.end
        }
        dataSet = try Self.adding(elements.dataSet, from: end, bytes, syntax)
    }

    /// Native pixels are all there, and no frame more: it would be lost.
    private static func check(
        _ byteCount: Int, _ description: PixelDescription, _ syntax: TransferSyntax
    ) throws(TranscodeError) {
        guard !syntax.isEncapsulated else {
            throw .codec(.malformed("Pixel Data is not in fragments, as \(syntax.name) demands"))
        }
        let needed = description.nativeByteCount
        guard byteCount >= needed else {
            throw .codec(.malformed("Pixel Data has \(byteCount) bytes, and its frames need \(needed)"))
        }
        guard byteCount - needed < max(2, description.nativeFrameByteCount) else {
            throw .codec(.mismatch("Pixel Data holds more than the \(description.frameCount) frames it should"))
        }
    }

    private static func extendedOffsets(_ dataSet: DataSet) -> [Int]? {
        guard let table = dataSet.bytes(.extendedOffsetTable), !table.isEmpty, table.count % 8 == 0 else { return nil }
        return stride(from: 0, to: table.count, by: 8).map { start in
            let offset = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(table[start + $1]) }
            return Int(clamping: offset)
        }
    }

    /// The data set in Explicit VR Little Endian. Offsets in the inflated stream hold in it: nothing else is changed.
    private static func inflated(_ file: ReadableFile, _ header: Part10Header) throws(TranscodeError) -> [UInt8] {
        var limits = DataSetLimits()
        limits.inflatedByteCountMax = inflatedByteCountMax
        guard
            var converter = NativeConverter(from: header.transferSyntax, to: .explicitVRLittleEndian, limits: limits)
        else { throw .codec(.unsupported("\(header.transferSyntax.name) cannot be inflated")) }
        let piece = IOBuffer(capacity: 64 << 10)
        var inflated: [UInt8] = []
        var offset = header.dataSetOffset
        while offset < file.byteCount {
            piece.clear()
            let count = min(piece.capacity, file.byteCount - offset)
            try PixelBytes.file(file).read(count, at: offset, into: piece)
            offset += count
            do throws(WireError) { inflated += try converter.push(piece.readable) } catch {
                throw .codec(.malformed("\(error)"))
            }
        }
        do throws(WireError) { return try inflated + converter.finish() } catch {
            throw .codec(.malformed("\(error)"))
        }
    }

    /// The data set with the elements that stand behind the pixels.
    private static func adding(
        _ dataSet: DataSet, from start: Int, _ bytes: PixelBytes, _ syntax: TransferSyntax
    ) throws(TranscodeError) -> DataSet {
        guard start < bytes.byteCount else { return dataSet }
        let rest = IOBuffer(capacity: 1)
        let limits = DataSetLimits()
        guard bytes.byteCount - start <= limits.totalByteCountMax else {
            throw .codec(.limit("more than \(limits.totalByteCountMax) bytes follow the pixels"))
        }
        try bytes.read(bytes.byteCount - start, at: start, into: rest)
        var all = dataSet
        let plain: TransferSyntax = syntax.isDeflated ? .explicitVRLittleEndian : syntax
        do throws(WireError) {
            for element in try DataSetReader.read(rest.readable.array(), plain).elements { all.insert(element) }
        } catch {
            throw .codec(.malformed("behind the pixels: \(error)"))
        }
        return all
    }
}
