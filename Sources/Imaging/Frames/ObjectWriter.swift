internal import Bytes
internal import DICOM
internal import Reactor

/// Writes a Part 10 file whose pixels come frame by frame, in Explicit VR Little Endian.
///
///     preamble, file meta information, elements before the pixels      written last, when the ratio is known
///     (7FE0,0010)  one fragment a frame behind a filled Basic Offset Table, or the native samples
///     elements behind the pixels
///
/// There is no Extended Offset Table: an object is at most `byteCountMax` bytes, so every offset fits 32 bits.
struct ObjectWriter {
    /// What an object may have at most: every offset and every native length fits 32 bits.
    static let byteCountMax = 0xFFFF_FFFE

    /// How the pixels lie.
    enum Layout {
        case native(VR)
        /// One fragment for each of so many frames.
        case frames(Int)
        /// One fragment of so many bytes with all frames, as video has it; the offset table is empty (PS3.5 A.4.9).
        case stream(byteCount: Int)
    }

    private let file: WritableFile
    private let layout: Layout
    private let limit: Int
    private let tableOffset: Int
    /// Of the native value's length field.
    private let lengthOffset: Int
    private let headerByteCount: Int
    private let buffer = IOBuffer(capacity: 1 << 18)
    private var position: Int
    private var offsets: [UInt32] = []
    private let firstFragment: Int

    private static let flushAt = 1 << 17

    /// - Parameter header: as it will be written, but for values of the same length.
    init(_ file: WritableFile, header: [UInt8], _ layout: Layout, limit: Int) throws(TranscodeError) {
        self.file = file
        self.layout = layout
        self.limit = min(limit, Self.byteCountMax)
        headerByteCount = header.count
        position = header.count
        do throws(SystemError) { try file.truncate() } catch { throw .file(error.description) }
        var start = ByteWriter(capacity: 64)
        start.u16LE(Tag.pixelData.group)
        start.u16LE(Tag.pixelData.element)
        switch layout {
        case .native(let vr): start.append(vr.code)
        case .frames, .stream: start.append(VR.OB.code)
        }
        start.u16LE(0)
        lengthOffset = header.count + start.count
        switch layout {
        case .native:
            start.u32LE(0)
            tableOffset = 0
        case .frames(let count):
            start.u32LE(0xFFFF_FFFF)
            Self.item(UInt32(4 * count), &start)
            tableOffset = header.count + start.count
            start.zeros(4 * count)
        case .stream(let byteCount):
            guard byteCount <= self.limit - header.count - 64 else { throw .tooLarge(byteCountMax: self.limit) }
            start.u32LE(0xFFFF_FFFF)
            Self.item(0, &start)
            Self.item(UInt32(byteCount + byteCount & 1), &start)
            tableOffset = 0
        }
        firstFragment = header.count + start.count
        buffer.append(start.bytes)
        position = header.count
    }

    private static func item(_ length: UInt32, _ writer: inout ByteWriter) {
        writer.u16LE(Tag.item.group)
        writer.u16LE(Tag.item.element)
        writer.u32LE(length)
    }

    /// Bytes of the pixels so far.
    var pixelByteCount: Int { position + buffer.readableCount - firstFragment }

    /// The next frame; of a stream the next bytes.
    mutating func append(_ bytes: RawSpan) throws(TranscodeError) {
        let at = position + buffer.readableCount
        guard at + bytes.byteCount + 16 <= limit else { throw .tooLarge(byteCountMax: limit) }
        var padding = false
        if case .frames = layout {
            offsets.append(UInt32(at - firstFragment))
            var item = ByteWriter(capacity: 8)
            Self.item(UInt32(bytes.byteCount + bytes.byteCount & 1), &item)
            buffer.append(item.bytes)
            padding = bytes.byteCount & 1 == 1
        }
        buffer.append(bytes)
        if padding { buffer.appendU8(0) }
        if buffer.readableCount >= Self.flushAt { try flush() }
    }

    /// Appends what follows the pixels and fills in what was left open.
    ///
    /// - Parameter header: as long as the one at the beginning.
    mutating func finish(header: [UInt8], trailer: [UInt8]) throws(TranscodeError) {
        precondition(header.count == headerByteCount, "the header changed its length")
        let count = pixelByteCount
        guard position + buffer.readableCount + 9 + trailer.count <= limit else { throw .tooLarge(byteCountMax: limit) }
        if count & 1 == 1 { buffer.appendU8(0) }
        if case .native = layout {
            var length = ByteWriter(capacity: 4)
            length.u32LE(UInt32(count + count & 1))
            try flush()
            try write(length.bytes, at: lengthOffset)
        } else {
            var end = ByteWriter(capacity: 8)
            end.u16LE(Tag.sequenceDelimitation.group)
            end.u16LE(Tag.sequenceDelimitation.element)
            end.u32LE(0)
            buffer.append(end.bytes)
            var table = ByteWriter(capacity: 4 * offsets.count)
            for offset in offsets { table.u32LE(offset) }
            try flush()
            if !offsets.isEmpty { try write(table.bytes, at: tableOffset) }
        }
        buffer.append(trailer)
        try flush()
        try write(header, at: 0)
    }

    private mutating func flush() throws(TranscodeError) {
        let buffer = buffer
        do throws(SystemError) { try file.write(buffer.readable, at: position) } catch {
            throw .file(error.description)
        }
        position += buffer.readableCount
        buffer.clear()
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(TranscodeError) {
        do throws(SystemError) { try file.write(bytes.rawSpan, at: offset) } catch { throw .file(error.description) }
    }
}
