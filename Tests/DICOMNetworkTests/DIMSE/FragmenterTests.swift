import Bytes
import Testing

@testable import DICOMNetwork

@Suite struct FragmenterTests {
    private let command = DIMSECommand.storeRequest(
        StoreRequest(sopClassUID: ultrasound, sopInstanceUID: "1.2.3.4", messageID: 1))

    /// No PDU is longer than the peer wants, fragments have an even number of bytes, and the command comes out again.
    @Test(arguments: [8, 9, 20, 21, 64, 120, 16384, 131072])
    func everyPDUKeepsThePeersMaximum(_ maximum: Int) throws {
        let buffer = IOBuffer(capacity: 16)
        Fragmenter(pduLengthMax: maximum).append(command, contextID: 3, to: buffer)
        var reassembler = Reassembler()
        var received: DIMSECommand?
        while buffer.readableCount > 0 {
            #expect(received == nil)
            var header = ByteReader(buffer.readable)
            #expect(try header.u8("type") == 4)
            try header.skip(1, "reserved")
            let length = Int(try header.u32BE("length"))
            #expect(length <= maximum && length % 2 == 0)
            #expect(try Int(header.u32BE("item length")) == length - 4)
            #expect(try header.u8("context") == 3)
            let control = try header.u8("control")
            #expect(control & 1 == 1)
            received = try reassembler.append(try header.take(length - 6, "data"), isLast: control & 2 != 0)
            buffer.consume(6 + length)
        }
        #expect(received == command)
    }

    @Test func announcedMaximaAreTurnedIntoOurOwn() {
        let lengths: [(UInt32?, Int?)] = [
            (nil, 131072), (0, 131072), (7, nil), (8, 8), (16384, 16384), (131072, 131072), (1 << 20, 131072),
            (.max, 131072),
        ]
        for (announced, expected) in lengths {
            var peer = UserInformation()
            peer.maximumLength = announced
            let request = AssociateRequest(calledAE: "A", callingAE: "B", contexts: [])
            #expect(NegotiatedAssociation(request: request, answers: [], peer: peer).pduLengthSent == expected)
        }
    }
}
