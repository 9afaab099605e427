import Bytes
import DICOMNetwork
import TestSupport
import Testing

@Suite struct PDUDecoderTests {
    /// What a stream of PDUs says, with data fragments joined so that the cuts do not show.
    private struct Heard: Equatable {
        var controls: [PDU] = []
        var data: [UInt8] = []
        var ends = 0
        var failed = false
    }

    private func hear(_ pieces: [[UInt8]]) -> Heard {
        var heard = Heard()
        var decoder = PDUDecoder()
        let buffer = IOBuffer(capacity: 64)
        do throws(WireError) {
            for piece in pieces {
                buffer.append(piece)
                while case .pdu(let pdu, let consumed) = try decoder.next(buffer.readable) {
                    if case .dataFragment(let fragment) = pdu {
                        heard.data += buffer.readable.extracting(fragment.body).array()
                        heard.ends += fragment.isLast ? 1 : 0
                    } else {
                        heard.controls.append(pdu)
                    }
                    buffer.consume(consumed)
                }
            }
        } catch {
            heard.failed = true
        }
        return heard
    }

    /// Two PDVs in one PDU: data of 5 bytes, then an empty last one.
    private let twoItems = golden(
        """
        04 00 00 00 00 11               ; P-DATA-TF, 17 bytes follow
        00 00 00 07 03 00 "hello"       ; context 3, data set, more to come
        00 00 00 02 03 02               ; the last fragment, empty
        """)

    @Test func cutsDoNotMatter() {
        let stream =
            Golden.associateRequest + Golden.associateAccept + twoItems + Golden.echoResponse + twoItems
            + Golden.releaseRequest + Golden.releaseResponse + Golden.abort
        let whole = hear([stream])
        #expect(whole.controls.count == 5)
        #expect(whole.ends == 3)
        #expect(whole.data.count == 5 + 78 + 5)
        for pieces in Splitter.cuts(of: stream) { #expect(hear(pieces) == whole) }
    }

    @Test func shortInputIsNeverAnError() throws {
        for message in [Golden.associateRequest, Golden.associateAccept, twoItems, Golden.abort] {
            for count in 0..<message.count {
                let heard = hear([Array(message[..<count])])
                #expect(!heard.failed)
            }
        }
    }

    @Test(arguments: [
        ("no such type", "08 00 00 00 00 04 00 00 00 00"),
        ("HTTP", "48 54 54 50 2F 31"),
        ("one wrong byte is enough", "15"),
        ("A-ASSOCIATE-RQ above the limit", "01 00 00 04 00 01"),
        ("A-ASSOCIATE-RQ without its fixed part", "01 00 00 00 00 43"),
        ("A-ABORT of 5 bytes", "07 00 00 00 00 05"),
        ("A-RELEASE-RQ of 4 GiB", "05 00 FF FF FF FF"),
        ("P-DATA-TF above the limit", "04 00 00 10 00 01"),
        ("P-DATA-TF without an item", "04 00 00 00 00 00"),
        ("PDV of one byte", "04 00 00 00 00 06 00 00 00 01 01 03"),
        ("PDV longer than its PDU", "04 00 00 00 00 08 00 00 00 05 01 03"),
        ("PDV length near 2^32", "04 00 00 00 00 08 FF FF FF FF 01 03"),
        ("rest of the PDU too short for an item", "04 00 00 00 00 08 00 00 00 02 01 00 00 00 00 02 01 03"),
    ])
    func badInputIsAnErrorAsSoonAsItIsThere(_ what: String, _ hex: String) {
        #expect(hear([golden(hex)]).failed, "\(what)")
        #expect(hear(golden(hex).map { [$0] }).failed, "\(what), byte by byte")
    }

    @Test func itemLongerThanItsListIsAnError() {
        var bytes = Golden.associateRequest
        bytes[6 + 68 + 2] = 0xFF
        #expect(hear([bytes]).failed)
    }

    @Test func evenContextIdentifierIsAnError() {
        var bytes = Golden.associateAccept
        bytes[6 + 68 + 25 + 4] = 2
        #expect(hear([bytes]).failed)
    }

    @Test func moreThan128ContextsAreAnError() {
        let context = ProposedContext(id: 1, abstractSyntax: "1.2", transferSyntaxes: ["1.3"])
        var writer = ByteWriter()
        AssociateRequest(calledAE: "A", callingAE: "B", contexts: Array(repeating: context, count: 128))
            .encode(into: &writer)
        #expect(!hear([writer.bytes]).failed)
        writer = ByteWriter()
        AssociateRequest(calledAE: "A", callingAE: "B", contexts: Array(repeating: context, count: 129))
            .encode(into: &writer)
        #expect(hear([writer.bytes]).failed)
    }

    @Test func mutatedMessagesNeverCrash() {
        var random = SeededGenerator(seed: 20_260_101)
        let seeds = [
            Golden.associateRequest, Golden.associateAccept, Golden.userInformation, Golden.echoResponse, twoItems,
            Golden.reject, Golden.abort,
        ]
        for _ in 0..<20_000 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: at)
                default: bytes.insert(0xFF, at: at)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let whole = hear([bytes])
            let cut = bytes.count / 2
            #expect(hear([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }

    @Test func whatWasDecodedEncodesToTheSameMeaning() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var bytes = Golden.userInformation
            bytes[Int.random(in: 6..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            guard case .associateRequest(let request)? = hear([bytes]).controls.first else { continue }
            var writer = ByteWriter()
            request.encode(into: &writer)
            #expect(hear([writer.bytes]).controls == [.associateRequest(request)])
        }
    }
}
