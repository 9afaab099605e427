internal import Bytes

/// Lays messages out as P-DATA-TF PDUs in an output buffer, each with one item, none longer than the peer wants.
struct Fragmenter: Sendable {
    /// Data bytes in one PDU: an even number.
    let fragmentByteCountMax: Int

    /// `pduLengthMax` counts what follows the PDU's header; at least `AssociationLimits.pduLengthLeast`.
    init(pduLengthMax: Int) {
        precondition(pduLengthMax >= AssociationLimits.pduLengthLeast, "no data fits into the peer's PDUs")
        fragmentByteCountMax = (pduLengthMax - DataTransferHeader.itemByteCount) & ~1
    }

    /// Appends a whole command, as one PDU unless the peer's maximum is tiny.
    func append(_ command: DIMSECommand, contextID: UInt8, to buffer: IOBuffer) {
        var writer = ByteWriter(capacity: 384)
        command.encode(into: &writer)
        let bytes = writer.bytes.rawSpan
        var start = 0
        while start < bytes.byteCount {
            let end = min(start + fragmentByteCountMax, bytes.byteCount)
            let header = DataTransferHeader.begin(in: buffer, contextID: contextID, isCommand: true)
            buffer.append(bytes.extracting(start..<end))
            DataTransferHeader.complete(in: buffer, at: header, isLast: end == bytes.byteCount)
            start = end
        }
    }

    /// Whether one more PDU may join those in the buffer before they are written.
    func hasRoom(in buffer: IOBuffer) -> Bool {
        buffer.readableCount + fragmentByteCountMax <= AssociationLimits.batchByteCount
    }
}
