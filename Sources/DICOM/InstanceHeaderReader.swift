internal import Bytes

/// Reads an `InstanceHeader` from the start of a file or data set that arrives in pieces.
package struct InstanceHeaderReader: ~Copyable {
    /// UIDs told before the data set came: by file meta information or by a C-STORE command.
    package struct Announcement: Equatable, Sendable {
        package let sopClassUID: UID?
        package let sopInstanceUID: UID?

        package init(sopClassUID: UID?, sopInstanceUID: UID?) {
            self.sopClassUID = sopClassUID
            self.sopInstanceUID = sopInstanceUID
        }
    }

    private let byteCount: Int?
    private var start: [UInt8] = []
    private var syntax: TransferSyntax?
    private var dataSetOffset = 0
    private var announcement = Announcement(sopClassUID: nil, sopInstanceUID: nil)
    private var reader: DataSetReader?

    /// For a file with preamble and file meta information; `byteCount` is its size where known.
    package init(fileByteCount byteCount: Int? = nil) { self.byteCount = byteCount }

    /// For a bare data set, as C-STORE carries it.
    package init(_ syntax: TransferSyntax, announced: Announcement, byteCount: Int? = nil) {
        self.byteCount = byteCount
        announcement = announced
        self.syntax = syntax
        reader = Self.reader(syntax, byteCount: byteCount)
    }

    /// Takes the next bytes; true once the header is complete and nothing more is needed.
    package mutating func push(_ bytes: RawSpan) throws(InstanceHeaderError) -> Bool {
        if reader == nil {
            start += bytes.array()
            return try openDataSet(isWhole: false)
        }
        return try read(bytes)
    }

    /// The header. Also to be called when `push` never said true because the object has no pixels.
    package consuming func finish() throws(InstanceHeaderError) -> InstanceHeader {
        if reader == nil { _ = try openDataSet(isWhole: true) }
        guard let syntax, !syntax.hasNoStoredPixels else {
            throw syntax.map { .unfitSyntax($0) } ?? .missing(.transferSyntaxUID)
        }
        var found: ElementHeader?
        do throws(WireError) {
            if case .stopped(let header)? = reader?.progress { found = header } else { try reader?.finish() }
        } catch {
            throw .unreadable(moved(error))
        }
        let builder = InstanceHeaderBuilder(
            dataSet: reader?.dataSet ?? DataSet(), syntax: syntax, dataSetOffset: dataSetOffset,
            irregularities: reader?.irregularities ?? DataSetIrregularities())
        return try builder.build(stoppedAt: found, announcement)
    }

    private mutating func openDataSet(isWhole: Bool) throws(InstanceHeaderError) -> Bool {
        let result: Part10Header.ParseResult
        do throws(WireError) {
            result = try Part10Header.parse(start.rawSpan, isWhole: isWhole)
        } catch {
            throw .unreadable(error)
        }
        guard case .header(let header) = result else { return false }
        syntax = header.transferSyntax
        dataSetOffset = header.dataSetOffset
        announcement = Announcement(
            sopClassUID: header.mediaStorageSOPClassUID, sopInstanceUID: header.mediaStorageSOPInstanceUID)
        reader = Self.reader(header.transferSyntax, byteCount: byteCount.map { $0 - header.dataSetOffset })
        let rest = start
        start = []
        return try read(rest.rawSpan.extracting(dataSetOffset..<rest.count))
    }

    private mutating func read(_ bytes: RawSpan) throws(InstanceHeaderError) -> Bool {
        do throws(WireError) {
            try reader?.push(bytes)
        } catch {
            throw .unreadable(moved(error))
        }
        if case .stopped? = reader?.progress { return true }
        return false
    }

    private func moved(_ error: WireError) -> WireError {
        WireError(error.kind, field: error.field, offset: error.offset + dataSetOffset)
    }

    private static func reader(_ syntax: TransferSyntax, byteCount: Int?) -> DataSetReader {
        var options = DataSetReader.Options()
        options.limits = .header
        options.stopBefore = .floatPixelData
        options.byteCount = byteCount
        options.selection = InstanceHeaderBuilder.tags
        options.longValues = .omit
        return DataSetReader(syntax, options: options)
    }
}

extension InstanceHeader {
    /// The header of a file that is whole in memory.
    package static func parse(file bytes: [UInt8]) throws(InstanceHeaderError) -> InstanceHeader {
        var reader = InstanceHeaderReader(fileByteCount: bytes.count)
        _ = try reader.push(bytes.rawSpan)
        return try reader.finish()
    }

    /// The header of a bare data set that is whole in memory.
    package static func parse(
        dataSet bytes: [UInt8], _ syntax: TransferSyntax, announced: InstanceHeaderReader.Announcement
    ) throws(InstanceHeaderError) -> InstanceHeader {
        var reader = InstanceHeaderReader(syntax, announced: announced, byteCount: bytes.count)
        _ = try reader.push(bytes.rawSpan)
        return try reader.finish()
    }
}
