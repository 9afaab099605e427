import Bytes
import DICOM
import TestSupport
import Testing

@Suite struct Part10Tests {
    static func file(syntax: TransferSyntax = .explicitVRLittleEndian, _ body: [UInt8]) throws -> [UInt8] {
        try Part10.header(
            sopClass: SOPClass.ultrasoundImage.uid, sopInstance: #require(UID("1.2.3.4")), syntax: syntax,
            source: AETitle("CAUSEWAY")) + body
    }

    @Test func headerIsGolden() throws {
        let bytes = try Part10.header(
            sopClass: SOPClass.verification.uid, sopInstance: #require(UID("1.2")), syntax: .implicitVRLittleEndian)
        #expect(bytes[..<128].allSatisfy { $0 == 0 })
        #expect(
            try Array(bytes[128..<236])
                == golden(
                    """
                    44 49 43 4D                              # DICM
                    02 00 00 00 55 4C 04 00 94 00 00 00      # (0002,0000) UL 148
                    02 00 01 00 4F 42 00 00 02 00 00 00 00 01  # (0002,0001) OB 2
                    02 00 02 00 55 49 12 00                  # (0002,0002) UI 18
                    31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 31 2E 31 00
                    02 00 03 00 55 49 04 00 31 2E 32 00      # (0002,0003) UI "1.2"
                    02 00 10 00 55 49 12 00                  # (0002,0010) UI 18
                    31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 31 2E 32 00
                    02 00 12 00 55 49 2C 00                  # (0002,0012) UI 44
                    32 2E 32 35 2E 31                        # 2.25.1...
                    """))
        #expect(bytes.count == 128 + 4 + 12 + 148)
    }

    @Test func headerIsReadBack() throws {
        let bytes = try Self.file(Fixture.object(explicit: true))
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else {
            Issue.record("needs more")
            return
        }
        #expect(header.transferSyntax == .explicitVRLittleEndian)
        #expect(header.mediaStorageSOPClassUID == SOPClass.ultrasoundImage.uid)
        #expect(header.mediaStorageSOPInstanceUID?.text == "1.2.3.4")
        let meta = try DataSetReader.read(Array(bytes[132..<header.dataSetOffset]), .explicitVRLittleEndian)
        #expect(meta.string(.sourceApplicationEntityTitle) == "CAUSEWAY")
        #expect(bytes.count - header.dataSetOffset == Fixture.object(explicit: true).count)
    }

    @Test func everyPrefixNeedsMore() throws {
        let bytes = try Self.file(Fixture.object(explicit: true))
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else { return }
        for count in 0..<(header.dataSetOffset + 8) {
            guard
                case .needMore(let needed) = try Part10Header.parse(
                    bytes.rawSpan.extracting(0..<count), isWhole: false)
            else {
                Issue.record("\(count) bytes were enough")
                return
            }
            #expect(needed > count)
        }
    }

    @Test func missingPreambleIsSaid() {
        let bytes = Fixture.object(explicit: true) + Array(repeating: 0, count: 200)
        #expect { try Part10Header.parse(bytes.rawSpan, isWhole: true) } throws: { "\($0)".contains("no DICM") }
        #expect(throws: WireError.self) { try Part10Header.parse([1, 2].rawSpan, isWhole: true) }
    }

    @Test func metaInformationIsCapped() {
        var out = ElementBytes()
        out.bytes = Array(repeating: 0, count: 128) + Array("DICM".utf8)
        out.header(.fileMetaInformationVersion, .OB, 70_000)
        let bytes = out.bytes
        #expect { try Part10Header.parse(bytes.rawSpan, isWhole: false) } throws: {
            ($0 as? WireError)?.kind == .overlong(length: 70_000, limit: 65_536)
        }
    }

    @Test func manySmallMetaElementsAreCappedToo() {
        var out = ElementBytes()
        out.bytes = Array(repeating: 0, count: 128) + Array("DICM".utf8)
        for element in 0..<20_000 { out.element(Tag(2, UInt16(element)), .LO, []) }
        let bytes = out.bytes
        #expect(throws: WireError.self) { try Part10Header.parse(bytes.rawSpan, isWhole: true) }
    }

    @Test func unknownVRInMetaIsRefused() {
        let bytes = Array(repeating: UInt8(0), count: 128) + Array("DICM".utf8) + [2, 0, 1, 0, 0x5A, 0x5A, 0, 0, 0, 0]
        #expect(throws: WireError.self) { try Part10Header.parse(bytes.rawSpan, isWhole: true) }
    }
}
