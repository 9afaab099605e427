internal import Bytes

/// A piece of a presentation data value, P-DATA-TF of PS3.8 9.3.5 and annex E.2.
///
///     OFFSET  SIZE  FIELD                     NOTE
///     0       6     header                    type 4
///     6       4     item length               counts from the next byte: 2 + data
///     10      1     presentation context ID
///     11      1     message control header    bit 0: command (1) or data set (0); bit 1: last fragment
///     12      -     data                      then further items, to the end of the PDU
package struct DataFragment: Equatable, Sendable {
    package var contextID: UInt8
    package var isCommand: Bool
    /// With this piece the command or the data set is complete.
    package var isLast: Bool
    /// Where the data stands in the bytes that the decoder was given.
    package var body: Range<Int>
}

/// The twelve bytes in front of the data of a P-DATA-TF with one item.
enum DataTransferHeader {
    static let byteCount = 12
    /// Of the twelve, what counts against the peer's maximum length.
    static let itemByteCount = 6

    private static let commandBit: UInt8 = 1
    private static let lastBit: UInt8 = 2

    /// Appends a header with lengths still missing. Gives its place, for `complete`.
    static func begin(in buffer: IOBuffer, contextID: UInt8, isCommand: Bool) -> Int {
        let offset = buffer.readableCount
        buffer.appendU8(PDUType.dataTransfer.rawValue)
        buffer.appendU8(0)
        buffer.appendU32BE(0)
        buffer.appendU32BE(0)
        buffer.appendU8(contextID)
        buffer.appendU8(isCommand ? commandBit : 0)
        return offset
    }

    /// Sets the lengths by what was appended since `begin`.
    static func complete(in buffer: IOBuffer, at offset: Int, isLast: Bool) {
        let body = buffer.readableCount - offset - byteCount
        buffer.patchU32BE(UInt32(clamping: body + itemByteCount), at: offset + 2)
        buffer.patchU32BE(UInt32(clamping: body + 2), at: offset + 6)
        if isLast {
            let control = buffer.readable.byte(at: offset + 11)
            buffer.patchU8(control | lastBit, at: offset + 11)
        }
    }

    static func isCommand(_ control: UInt8) -> Bool { control & commandBit != 0 }
    static func isLast(_ control: UInt8) -> Bool { control & lastBit != 0 }
}
