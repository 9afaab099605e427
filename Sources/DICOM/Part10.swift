package import Bytes

/// The start of a DICOM file: preamble and file meta information (PS3.10 7.1), always Explicit VR Little Endian.
///
///     OFFSET  SIZE  FIELD                       NOTE
///     0       128   preamble                    ignored on reading, zeros on writing
///     128     4     prefix                      "DICM"
///     132     n     group 0002                  ends where another group begins; 64 KiB at most
///     132+n         data set                    in the syntax of (0002,0010)
package struct Part10Header: Equatable, Sendable {
    package enum ParseResult: Equatable, Sendable {
        case header(Part10Header)
        /// More bytes from the start of the file are needed, at least this many in all.
        case needMore(atLeast: Int)
    }

    package let transferSyntax: TransferSyntax
    /// (0002,0002); nil when absent or not a UID.
    package let mediaStorageSOPClassUID: UID?
    /// (0002,0003); nil when absent or not a UID.
    package let mediaStorageSOPInstanceUID: UID?
    /// Offset of the data set in the file.
    package let dataSetOffset: Int

    private static let prefixOffset = 128
    private static let metaOffset = 132
    /// Bytes of group 0002 at most.
    package static let metaByteCountMax = 64 << 10

    /// Reads the header from the first bytes of a file; `isWhole` says that there are no more bytes than these.
    package static func parse(_ bytes: RawSpan, isWhole: Bool) throws(WireError) -> ParseResult {
        if bytes.byteCount >= metaOffset, !bytes.extracting(prefixOffset..<metaOffset).equals("DICM") {
            throw WireError(
                .invalid("not a DICOM file: no DICM after a preamble of 128 bytes"), field: "prefix",
                offset: prefixOffset)
        }
        guard bytes.byteCount >= metaOffset + 8 else {
            if isWhole {
                throw WireError(
                    .invalid("not a DICOM file: only \(bytes.byteCount) bytes"), field: "prefix", offset: 0)
            }
            return .needMore(atLeast: metaOffset + 8)
        }
        var uids = UIDs()
        guard let end = try readMeta(bytes, isWhole: isWhole, &uids) else {
            return .needMore(atLeast: bytes.byteCount + 1)
        }
        guard let syntax = uids.transferSyntax else {
            throw WireError(
                .invalid("Transfer Syntax UID (0002,0010) is missing or not a UID"),
                field: "file meta information", offset: metaOffset)
        }
        return .header(
            Part10Header(
                transferSyntax: TransferSyntax(syntax), mediaStorageSOPClassUID: uids.sopClass,
                mediaStorageSOPInstanceUID: uids.sopInstance, dataSetOffset: end))
    }

    /// What is wanted of group 0002. It is read where it lies: thousands of files are looked at before a send.
    private struct UIDs {
        var sopClass: UID?
        var sopInstance: UID?
        var transferSyntax: UID?

        mutating func take(_ tag: Tag, _ value: RawSpan) {
            switch tag {
            case .mediaStorageSOPClassUID: sopClass = UID(bytes: value.array())
            case .mediaStorageSOPInstanceUID: sopInstance = UID(bytes: value.array())
            case .transferSyntaxUID: transferSyntax = UID(bytes: value.array())
            default: break
            }
        }
    }

    /// Reads group 0002 and says where it ends. Its own group length is not trusted: it is wrong in enough files.
    private static func readMeta(_ bytes: RawSpan, isWhole: Bool, _ uids: inout UIDs) throws(WireError) -> Int? {
        var at = metaOffset
        while at < bytes.byteCount {
            guard bytes.byteCount - at >= 8 else { return try orTruncated(bytes, at, 8, isWhole) }
            guard bytes.u16LE(at: at) == 0x0002 else { return at }
            let tag = Tag(2, bytes.u16LE(at: at + 2))
            guard let vr = VR(bytes.byte(at: at + 4), bytes.byte(at: at + 5)) else {
                throw WireError(.invalid("unknown VR in file meta information"), field: "\(tag)", offset: at)
            }
            guard !vr.hasLongForm || bytes.byteCount - at >= 12 else { return try orTruncated(bytes, at, 12, isWhole) }
            let header = vr.hasLongForm ? 12 : 8
            let length = Int(vr.hasLongForm ? bytes.u32LE(at: at + 8) : UInt32(bytes.u16LE(at: at + 6)))
            guard at + header + length <= metaOffset + metaByteCountMax else {
                throw WireError(.overlong(length: length, limit: metaByteCountMax), field: "\(tag)", offset: at)
            }
            guard bytes.byteCount - at >= header + length else {
                return try orTruncated(bytes, at, header + length, isWhole)
            }
            uids.take(tag, bytes.extracting((at + header)..<(at + header + length)))
            at += header + length
        }
        return isWhole ? at : nil
    }

    private static func orTruncated(_ bytes: RawSpan, _ at: Int, _ needed: Int, _ isWhole: Bool) throws(WireError)
        -> Int?
    {
        guard isWhole else { return nil }
        throw WireError(
            .truncated(needed: needed, available: bytes.byteCount - at), field: "file meta information", offset: at)
    }
}

/// What this program writes into files it makes.
package enum Part10 {
    /// (0002,0012) and the implementation class in association negotiation (PS3.7 D.3.3.2).
    package static let implementationClassUID = UID(literal: "2.25.167509541441924991090885444246462790946")
    /// (0002,0013)
    package static let implementationVersionName = "CAUSEWAY_1"

    /// Preamble, prefix and file meta information; the data set in `syntax` follows directly.
    package static func header(
        sopClass: UID, sopInstance: UID, syntax: TransferSyntax, source: AETitle? = nil
    ) -> [UInt8] {
        var meta = DataSet()
        meta.set(.init(.fileMetaInformationVersion, .OB, .bytes([0, 1])))
        meta.set(.mediaStorageSOPClassUID, sopClass)
        meta.set(.mediaStorageSOPInstanceUID, sopInstance)
        meta.set(.transferSyntaxUID, syntax.uid)
        meta.set(.implementationClassUID, implementationClassUID)
        meta.set(.implementationVersionName, implementationVersionName)
        if let source { meta.set(.sourceApplicationEntityTitle, source.text) }
        // Six short values cannot be too long for their length fields.
        let elements = (try? DataSetWriter.encode(meta, .explicitVRLittleEndian)) ?? []
        var writer = ByteWriter(capacity: 512)
        writer.zeros(128)
        writer.append("DICM")
        DataSetWriter.writeHeader(.fileMetaInformationGroupLength, .UL, 4, isExplicit: true, to: &writer)
        writer.u32LE(UInt32(truncatingIfNeeded: elements.count))
        writer.append(elements)
        return writer.bytes
    }
}
