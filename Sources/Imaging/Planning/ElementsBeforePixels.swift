internal import Bytes
internal import DICOM
internal import Reactor

/// The elements in front of the pixels of a Part 10 file, read in pieces and no further than needed.
struct ElementsBeforePixels {
    private static let pieceByteCount = 64 << 10
    /// Most headers end within this; to read more of a small file would only cost.
    private static let firstPieceByteCount = 8 << 10

    let header: Part10Header
    /// Those asked for.
    let dataSet: DataSet
    /// The first element from (7FE0,0008) on; nil when the data set ends before.
    let stoppedAt: ElementHeader?

    /// - Parameters:
    ///   - selection: elements of the top level to keep; nil for all.
    ///   - limits: of what is kept; values over the limit are passed over.
    init(_ file: ReadableFile, _ selection: Set<Tag>?, _ limits: DataSetLimits) throws(FactsError) {
        let buffer = IOBuffer(capacity: Self.firstPieceByteCount)
        var offset = 0
        header = try Self.header(file, buffer, &offset)
        var options = DataSetReader.Options()
        options.limits = limits
        options.stopBefore = .floatPixelData
        options.byteCount = file.byteCount - header.dataSetOffset
        options.selection = selection
        options.longValues = .omit
        var reader = DataSetReader(header.transferSyntax, options: options)
        buffer.consume(header.dataSetOffset)
        try Self.push(buffer, into: &reader, header)
        while reader.progress == .needMore, offset < file.byteCount {
            buffer.clear()
            if try Self.more(of: file, buffer, &offset) == 0 { break }
            try Self.push(buffer, into: &reader, header)
        }
        if reader.progress == .needMore {
            buffer.clear()
            try Self.push(buffer, into: &reader, header)
        }
        dataSet = reader.dataSet
        if case .stopped(let element) = reader.progress { stoppedAt = element } else { stoppedAt = nil }
    }

    private static func header(
        _ file: ReadableFile, _ buffer: IOBuffer, _ offset: inout Int
    ) throws(FactsError) -> Part10Header {
        while true {
            let isWhole = try more(of: file, buffer, &offset) == 0
            do throws(WireError) {
                let result = try Part10Header.parse(buffer.readable, isWhole: isWhole)
                if case .header(let header) = result { return header }
            } catch {
                throw .unreadable(error)
            }
        }
    }

    /// Appends the next bytes of the file; 0 at its end.
    private static func more(
        of file: ReadableFile, _ buffer: IOBuffer, _ offset: inout Int
    ) throws(FactsError) -> Int {
        let maximum = offset == 0 ? firstPieceByteCount : pieceByteCount
        buffer.reserve(maximum)
        do throws(SystemError) {
            let count = try file.read(into: buffer, maximum: maximum, at: offset)
            offset += count
            return count
        } catch {
            throw .file(error)
        }
    }

    /// Nothing to push means that the file is at its end.
    private static func push(
        _ buffer: IOBuffer, into reader: inout DataSetReader, _ header: Part10Header
    ) throws(FactsError) {
        do throws(WireError) {
            if buffer.readableCount > 0 { try reader.push(buffer.readable) } else { try reader.finish() }
        } catch {
            throw .unreadable(WireError(error.kind, field: error.field, offset: error.offset + header.dataSetOffset))
        }
    }
}
