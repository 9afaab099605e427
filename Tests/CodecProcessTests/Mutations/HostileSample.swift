import Bytes
import DICOM
import Foundation
@testable import Imaging
import Reactor

/// A compressed object taken apart, so that each part of it can be damaged by itself.
struct HostileSample: Sendable {
    /// Elements before Pixel Data.
    var dataSet: DataSet
    var syntax: TransferSyntax
    /// Of the Basic Offset Table.
    var table: [UInt32] = []
    var fragments: [[UInt8]] = []

    struct Unfit: Error {}

    init(_ path: String) throws {
        let image = try StoredImage(try ReadableFile(path: path))
        dataSet = DataSet()
        for element in image.dataSet.elements where element.tag < .pixelData { dataSet.set(element) }
        syntax = image.transferSyntax
        guard case .encapsulated(let index) = image.pixels else { return }
        let buffer = IOBuffer(capacity: 1)
        for fragment in index.frames.joined() {
            buffer.clear()
            try image.bytes.read(fragment.byteCount, at: fragment.offset, into: buffer)
            fragments.append(buffer.readable.array())
        }
        if fragments.count > 1 { fillTable() }
    }

    /// The table that is right while each frame has one fragment.
    private mutating func fillTable() {
        var offset: UInt32 = 0
        table = fragments.map { fragment in
            defer { offset += UInt32(8 + fragment.count + fragment.count & 1) }
            return offset
        }
    }

    /// Offset of the Basic Offset Table's item header in `file`.
    func sequenceOffset() throws -> Int { try header().count + 12 }

    /// As a Part 10 file, in Explicit VR where it is native.
    func file() throws -> [UInt8] {
        var writer = ByteWriter(capacity: 1 << 12)
        writer.append(try header() + [0xE0, 0x7F, 0x10, 0x00] + Array("OB".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        Self.item(table.flatMap { offset in (0..<4).map { UInt8(truncatingIfNeeded: offset >> (8 * $0)) } }, &writer)
        for fragment in fragments { Self.item(fragment, &writer) }
        writer.append([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0])
        return writer.bytes
    }

    private func header() throws -> [UInt8] {
        guard let sopClass = dataSet.uid(.sopClassUID) ?? UID("1.2.3"),
            let instance = dataSet.uid(.sopInstanceUID) ?? UID("1.2.4")
        else { throw Unfit() }
        return try Part10.header(sopClass: sopClass, sopInstance: instance, syntax: syntax)
            + DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
    }

    private static func item(_ bytes: [UInt8], _ writer: inout ByteWriter) {
        writer.append([0xFE, 0xFF, 0x00, 0xE0])
        writer.u32LE(UInt32(bytes.count + bytes.count & 1))
        writer.append(bytes)
        if bytes.count & 1 == 1 { writer.u8(0) }
    }
}
