import Bytes
import DICOMNetwork
import TestSupport
import Testing

@Suite struct DIMSECommandTests {
    private func encode(_ command: DIMSECommand) -> [UInt8] {
        var writer = ByteWriter()
        command.encode(into: &writer)
        return writer.bytes
    }

    private let storeRequest = golden(
        """
        00 00 00 00 04 00 00 00 60 00 00 00     ; (0000,0000) group length 96
        00 00 02 00 1C 00 00 00 "1.2.840.10008.5.1.4.1.1.6.1" 00
        00 00 00 01 02 00 00 00 01 00           ; command field: C-STORE-RQ
        00 00 10 01 02 00 00 00 07 00           ; message ID 7
        00 00 00 07 02 00 00 00 00 00           ; priority: medium
        00 00 00 08 02 00 00 00 01 00           ; a data set follows
        00 00 00 10 0C 00 00 00 "1.2.3.4.5.6" 00
        """)

    @Test func echoResponse() throws {
        let command = DIMSECommand.echoResponse(messageID: 1, status: .success)
        let bytes = Array(Golden.echoResponse[12...])
        #expect(try DIMSECommand(bytes.rawSpan) == command)
        #expect(encode(command) == bytes)
    }

    @Test func storeRequestRoundTrip() throws {
        let command = DIMSECommand.storeRequest(
            StoreRequest(sopClassUID: "1.2.840.10008.5.1.4.1.1.6.1", sopInstanceUID: "1.2.3.4.5.6", messageID: 7))
        #expect(encode(command) == storeRequest)
        #expect(try DIMSECommand(storeRequest.rawSpan) == command)
        #expect(command.hasDataSet)
    }

    @Test func storeResponseKeepsWhatThePeerComplainsAbout() throws {
        var response = StoreResponse(messageID: 7, status: DIMSEStatus(rawValue: 0xA900))
        response.errorComment = "no Patient ID"
        response.offendingElements = [0x0010_0020, 0x0008_0060]
        response.sopInstanceUID = "1.2.3"
        #expect(try DIMSECommand(encode(.storeResponse(response)).rawSpan) == .storeResponse(response))
    }

    @Test func otherRequestsAreRecognizedAsSuch() throws {
        // C-FIND-RQ, message 9, with a data set.
        let bytes = golden(
            """
            00 00 00 01 02 00 00 00 20 00
            00 00 10 01 02 00 00 00 09 00
            00 00 00 08 02 00 00 00 02 00
            """)
        guard case .other(let command) = try DIMSECommand(bytes.rawSpan) else {
            Issue.record("not other")
            return
        }
        #expect(command.commandField == 0x0020)
        #expect(command.messageID == 9)
        #expect(command.hasDataSet && !command.isResponse)
    }

    @Test(arguments: [
        "", "00 00 00 01", "00 00 00 01 02 00 00 00 01", "08 00 00 01 02 00 00 00 01 00",
        "00 00 00 01 FF FF FF FF 01 00",
        "00 00 00 01 02 00 00 00 01 00",  // C-STORE-RQ without anything else
    ])
    func brokenCommandSetsAreErrors(_ hex: String) {
        #expect(throws: WireError.self) { try DIMSECommand(golden(hex).rawSpan) }
    }

    @Test func mutatedCommandsNeverCrash() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            var bytes = storeRequest
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<8, using: &random))
            if let command = try? DIMSECommand(bytes.rawSpan) {
                #expect((try? DIMSECommand(encode(command).rawSpan)) != nil || !command.hasDataSet)
            }
        }
    }

    @Test func reassemblerJoinsFragmentsAndLimitsThem() throws {
        for pieces in Splitter.cuts(of: storeRequest) {
            var reassembler = Reassembler()
            var command: DIMSECommand?
            for (i, piece) in pieces.enumerated() {
                command = try reassembler.append(piece.rawSpan, isLast: i == pieces.count - 1)
            }
            #expect(command == (try DIMSECommand(storeRequest.rawSpan)))
            #expect(!reassembler.isInside)
        }
        var reassembler = Reassembler()
        let large = [UInt8](repeating: 0, count: AssociationLimits.commandByteCountMax)
        #expect(try reassembler.append(large.rawSpan, isLast: false) == nil)
        #expect(throws: WireError.self) { try reassembler.append([UInt8(0)].rawSpan, isLast: false) }
    }
}

@Suite struct DIMSEStatusTests {
    @Test(arguments: [
        (UInt16(0x0000), DIMSEStatus.Class.success), (0x0001, .warning), (0xB000, .warning), (0xB006, .warning),
        (0xB007, .warning), (0x0107, .warning), (0x0116, .warning), (0x0111, .duplicate), (0xA700, .transient),
        (0xA7FF, .transient), (0x0213, .transient), (0x0110, .transient), (0xA900, .encodingSuspect),
        (0xC123, .encodingSuspect), (0x0122, .permanentForClass), (0x0117, .permanentForInstance),
        (0x0119, .permanentForInstance), (0x0106, .permanentForInstance), (0x0115, .permanentForInstance),
        (0x0120, .permanentForInstance), (0x0121, .permanentForInstance), (0x0124, .destinationFault),
        (0x0210, .protocol), (0x0211, .protocol), (0x0212, .protocol), (0xFF00, .protocol), (0xFE00, .protocol),
    ])
    func classes(_ value: UInt16, _ expected: DIMSEStatus.Class) {
        #expect(DIMSEStatus(rawValue: value).classification == expected)
    }

    @Test func words() {
        #expect(DIMSEStatus.outOfResources.description == "A700H out of resources")
        #expect(DIMSEStatus(rawValue: 0x0122).description == "0122H SOP class not supported")
    }
}
