internal import Bytes

/// Elements of group 0000 as numbers, PS3.7 annex E. Command sets are always implicit VR little endian.
///
///     OFFSET  SIZE  FIELD      NOTE
///     0       2     group      0000H
///     2       2     element    one of these
///     4       4     length     even
enum CommandElement {
    static let groupLength: UInt16 = 0x0000
    static let affectedSOPClassUID: UInt16 = 0x0002
    static let requestedSOPClassUID: UInt16 = 0x0003
    static let commandField: UInt16 = 0x0100
    static let messageID: UInt16 = 0x0110
    static let messageIDRespondedTo: UInt16 = 0x0120
    static let priority: UInt16 = 0x0700
    static let dataSetType: UInt16 = 0x0800
    static let status: UInt16 = 0x0900
    static let offendingElement: UInt16 = 0x0901
    static let errorComment: UInt16 = 0x0902
    static let affectedSOPInstanceUID: UInt16 = 0x1000
    static let moveOriginatorAE: UInt16 = 0x1030
    static let moveOriginatorMessageID: UInt16 = 0x1031

    /// The value of `dataSetType` for "no data set follows"; anything else means that one does.
    static let noDataSet: UInt16 = 0x0101
    static let dataSetPresent: UInt16 = 0x0001
    /// Set in the command field of each response.
    static let responseBit: UInt16 = 0x8000
}

extension ByteWriter {
    /// A command set: group length first, then what `body` writes.
    mutating func commandSet(_ body: (inout ByteWriter) -> Void) {
        element(CommandElement.groupLength, byteCount: 4)
        let at = count
        u32LE(0)
        body(&self)
        patchU32LE(UInt32(clamping: count - at - 4), at: at)
    }

    mutating func us(_ element: UInt16, _ value: UInt16) {
        self.element(element, byteCount: 2)
        u16LE(value)
    }

    mutating func ui(_ element: UInt16, _ uid: String) { text(element, uid, padding: 0) }
    mutating func lo(_ element: UInt16, _ value: String) { text(element, value, padding: UInt8(ascii: " ")) }

    mutating func at(_ element: UInt16, _ tags: [UInt32]) {
        self.element(element, byteCount: tags.count * 4)
        for tag in tags {
            u16LE(UInt16(truncatingIfNeeded: tag >> 16))
            u16LE(UInt16(truncatingIfNeeded: tag))
        }
    }

    private mutating func text(_ element: UInt16, _ value: String, padding: UInt8) {
        let byteCount = value.utf8.count
        self.element(element, byteCount: byteCount + byteCount % 2)
        append(value)
        if byteCount % 2 == 1 { u8(padding) }
    }

    private mutating func element(_ element: UInt16, byteCount: Int) {
        u16LE(0)
        u16LE(element)
        u32LE(UInt32(clamping: byteCount))
    }
}
