import Bytes
import DICOM
import TestSupport
import Testing

@Suite struct DataSetTokenizerTests {
    @Test func explicitElementsAndSequences() throws {
        let bytes = try golden(
            """
            08 00 60 00 43 53 02 00 55 53            # (0008,0060) CS 2 "US"
            08 00 10 11 53 51 00 00 FF FF FF FF      # (0008,1110) SQ undefined
            FE FF 00 E0 0A 00 00 00                  # item, 10 bytes
            20 00 0D 00 55 49 02 00 31 00            # (0020,000D) UI 2 "1\\0"
            FE FF DD E0 00 00 00 00                  # end of the sequence
            """)
        let sequence = ElementHeader(
            tag: .referencedStudySequence, vr: .SQ, byteCount: nil, offset: 10, valueOffset: 22)
        #expect(
            try Fixture.cutEvents([bytes], .explicitVRLittleEndian) == [
                .element(ElementHeader(tag: .modality, vr: .CS, byteCount: 2, offset: 0, valueOffset: 8)),
                .value([0x55, 0x53], isLast: true),
                .sequenceStart(sequence), .itemStart,
                .element(ElementHeader(tag: .studyInstanceUID, vr: .UI, byteCount: 2, offset: 30, valueOffset: 38)),
                .value([0x31, 0], isLast: true),
                .itemEnd, .sequenceEnd, .end,
            ])
    }

    @Test func implicitTakesTheVRFromTheDictionaryAndPixelRepresentation() throws {
        let bytes = try golden(
            """
            28 00 03 01 02 00 00 00 01 00            # (0028,0103) Pixel Representation 1: signed
            28 00 06 01 02 00 00 00 FE FF            # (0028,0106) US or SS
            09 00 10 00 04 00 00 00 41 43 4D 45      # (0009,0010) private creator
            09 00 01 10 02 00 00 00 01 02            # (0009,1001) private
            """)
        let vrs = try Fixture.cutEvents([bytes], .implicitVRLittleEndian).compactMap { event -> VR? in
            if case .element(let header) = event { header.vr } else { nil }
        }
        #expect(vrs == [.US, .SS, .LO, .UN])
    }

    @Test func encapsulatedPixelDataComesAsFragments() throws {
        let bytes = try golden(
            """
            E0 7F 10 00 4F 42 00 00 FF FF FF FF      # (7FE0,0010) OB undefined
            FE FF 00 E0 00 00 00 00                  # empty Basic Offset Table
            FE FF 00 E0 04 00 00 00 FF D8 FF D9      # a fragment
            FE FF DD E0 00 00 00 00                  # end
            """)
        let header = ElementHeader(tag: .pixelData, vr: .OB, byteCount: nil, offset: 0, valueOffset: 12)
        #expect(
            try Fixture.cutEvents([bytes], .jpegBaseline) == [
                .encapsulatedStart(header),
                .fragment(byteCount: 0), .value([], isLast: true),
                .fragment(byteCount: 4), .value([0xFF, 0xD8, 0xFF, 0xD9], isLast: true),
                .encapsulatedEnd, .end,
            ])
    }

    @Test(arguments: [
        (TransferSyntax.explicitVRLittleEndian, Fixture.object(explicit: true)),
        (.implicitVRLittleEndian, Fixture.object(explicit: false)),
        (.explicitVRBigEndian, Fixture.object(explicit: true, littleEndian: false)),
    ])
    func cutsDoNotMatter(syntax: TransferSyntax, bytes: [UInt8]) throws {
        let whole = try Fixture.cutEvents([bytes], syntax)
        #expect(whole.last == .end)
        for pieces in Splitter.cuts(of: bytes) { #expect(try Fixture.cutEvents(pieces, syntax) == whole) }
    }

    @Test func shortInputIsNeverAnErrorUntilItEnds() throws {
        let bytes = Fixture.object(explicit: true)
        for count in 0..<bytes.count {
            var tokenizer = DataSetTokenizer(.explicitVRLittleEndian)
            tokenizer.push(bytes.rawSpan.extracting(0..<count))
            while try tokenizer.next() != .needMore {}
        }
    }

    @Test func stopsBeforePixelDataAndSaysWhereItIs() throws {
        let bytes = Fixture.object(explicit: true)
        var tokenizer = DataSetTokenizer(.explicitVRLittleEndian, stopBefore: .pixelData)
        tokenizer.push(bytes.rawSpan)
        var event = try tokenizer.next()
        while event != .needMore {
            if case .stopped(let header) = event {
                #expect(header.byteCount == 6)
                #expect(header.valueOffset == bytes.count - 6)
                #expect(header.offset == bytes.count - 18)
                return
            }
            event = try tokenizer.next()
        }
        Issue.record("did not stop")
    }

    @Test func irregularitiesAreCounted() throws {
        var tokenizer = DataSetTokenizer(.explicitVRLittleEndian)
        tokenizer.push(Fixture.object(explicit: true).rawSpan)
        tokenizer.finish()
        while try tokenizer.next() != .end {}
        #expect(tokenizer.irregularities.groupLengthCount == 1)
        #expect(tokenizer.irregularities.oddLengthCount == 1)
        #expect(tokenizer.irregularities.unorderedTagCount == 3)
    }

    @Test func strictReadingRefusesDescendingTags() throws {
        var limits = DataSetLimits()
        limits.isStrict = true
        #expect(throws: WireError.self) {
            try DataSetReader.read(Fixture.object(explicit: true), .explicitVRLittleEndian, limits: limits)
        }
    }
}
