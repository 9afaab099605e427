package import Bytes

/// Writes a `DataSet` in Explicit or Implicit VR Little Endian, with defined lengths, values padded to even length.
///
/// Group lengths are not written; a sequence of VR UN gets undefined length and Implicit VR content (CP-246).
package enum DataSetWriter {
    /// Fails when a value was `omitted` on reading or is too long for its length field.
    package static func encode(_ dataSet: DataSet, _ syntax: TransferSyntax) throws(WireError) -> [UInt8] {
        var writer = ByteWriter(capacity: 1024)
        try write(dataSet, isExplicit: syntax.isExplicit, to: &writer)
        return writer.bytes
    }

    /// Appends the elements one after another. The depth of recursion is that of the data set, which the reader bounds.
    package static func write(
        _ dataSet: DataSet, isExplicit: Bool, to writer: inout ByteWriter
    ) throws(WireError) {
        for element in dataSet.elements where !element.tag.isGroupLength {
            switch element.value {
            case .bytes(let bytes):
                let count = try evenLength(bytes.count, element.tag, writer)
                writeHeader(element.tag, element.vr, count, isExplicit: isExplicit, to: &writer)
                writer.append(bytes)
                if bytes.count & 1 == 1 { writer.u8(element.vr.paddingByte) }
            case .sequence(let items):
                try writeSequence(element, items, isExplicit: isExplicit, to: &writer)
            case .fragments(let fragments):
                writeHeader(element.tag, .OB, ElementEncoding.undefinedLength, isExplicit: isExplicit, to: &writer)
                for fragment in fragments {
                    writeItemHeader(.item, try evenLength(fragment.count, element.tag, writer), to: &writer)
                    writer.append(fragment)
                    if fragment.count & 1 == 1 { writer.u8(0) }
                }
                writeItemHeader(.sequenceDelimitation, 0, to: &writer)
            case .omitted:
                throw WireError(.invalid("its value was not kept"), field: "\(element.tag)", offset: writer.count)
            }
        }
    }

    private static func writeSequence(
        _ element: DataSet.Element, _ items: [DataSet], isExplicit: Bool, to writer: inout ByteWriter
    ) throws(WireError) {
        let isUnknown = element.vr == .UN
        writeHeader(element.tag, element.vr, ElementEncoding.undefinedLength, isExplicit: isExplicit, to: &writer)
        let start = writer.count
        for item in items {
            writeItemHeader(.item, 0, to: &writer)
            let itemStart = writer.count
            try write(item, isExplicit: isExplicit && !isUnknown, to: &writer)
            let count = try evenLength(writer.count - itemStart, element.tag, writer)
            writer.patchU32LE(count, at: itemStart - 4)
        }
        if isUnknown {
            writeItemHeader(.sequenceDelimitation, 0, to: &writer)
        } else {
            writer.patchU32LE(try evenLength(writer.count - start, element.tag, writer), at: start - 4)
        }
    }

    private static func evenLength(_ count: Int, _ tag: Tag, _ writer: ByteWriter) throws(WireError) -> UInt32 {
        let even = count + count & 1
        guard even < Int(ElementEncoding.undefinedLength) else {
            throw WireError(.overlong(length: count, limit: 0xFFFF_FFFE), field: "\(tag)", offset: writer.count)
        }
        return UInt32(even)
    }

    /// A value too long for the short form of its VR is written as UN (PS3.5 6.2.2).
    static func writeHeader(_ tag: Tag, _ vr: VR, _ length: UInt32, isExplicit: Bool, to writer: inout ByteWriter) {
        writer.u16LE(tag.group)
        writer.u16LE(tag.element)
        guard isExplicit else { return writer.u32LE(length) }
        let written = !vr.hasLongForm && length > 0xFFFF ? .UN : vr
        writer.append(written.code)
        if written.hasLongForm {
            writer.u16LE(0)
            writer.u32LE(length)
        } else {
            writer.u16LE(UInt16(truncatingIfNeeded: length))
        }
    }

    static func writeItemHeader(_ tag: Tag, _ length: UInt32, to writer: inout ByteWriter) {
        writer.u16LE(tag.group)
        writer.u16LE(tag.element)
        writer.u32LE(length)
    }
}
