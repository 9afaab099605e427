import Bytes
import DICOM
import TestSupport
import Testing

@Suite struct DataSetTests {
    private let object = Fixture.object(explicit: true)

    @Test func gettersReadWhatIsThere() throws {
        let dataSet = try DataSetReader.read(object, .explicitVRLittleEndian)
        #expect(dataSet.uid(.sopInstanceUID)?.text == "1.2.3.4")
        #expect(dataSet.string(.modality) == "US")
        #expect(dataSet.string(.patientID) == "odd")
        #expect(dataSet.int(.columns) == 3)
        #expect(dataSet.int(.smallestImagePixelValue) == -2)
        #expect(
            dataSet.sequence(.referencedStudySequence).map { $0.uid(.referencedSOPInstanceUID)?.text } == [
                "1.2.3.5", "1.2.3.6",
            ])
        #expect(dataSet[.pixelData]?.value == .bytes([1, 2, 3, 4, 5, 6]))
        #expect(dataSet[Fixture.privateSequence]?.vr == .UN)
        #expect(dataSet.sequence(Fixture.privateSequence).first?.int(.rows) == 265)
        #expect(dataSet[Tag(0x0008, 0x0000)] == nil)
        #expect(dataSet.string(.accessionNumber) == nil)
    }

    @Test func elementsAscendAndTheFirstOfTwoStays() throws {
        var bytes = ElementBytes()
        bytes.element(.patientID, .LO, "second")
        bytes.element(.modality, .CS, "US")
        bytes.element(.patientID, .LO, "other!")
        let dataSet = try DataSetReader.read(bytes.bytes, .explicitVRLittleEndian)
        #expect(dataSet.elements.map(\.tag) == [.modality, .patientID])
        #expect(dataSet.string(.patientID) == "second")
    }

    @Test func allEncodingsOfOneObjectReadAlike() throws {
        let explicit = try DataSetReader.read(object, .explicitVRLittleEndian)
        let implicit = try DataSetReader.read(Fixture.object(explicit: false), .implicitVRLittleEndian)
        #expect(implicit == explicit)
        let big = try DataSetReader.read(
            Fixture.object(explicit: true, littleEndian: false, pixels: [2, 1, 4, 3, 6, 5]), .explicitVRBigEndian)
        #expect(big == explicit)
    }

    @Test func writingIsGolden() throws {
        var item = DataSet()
        item.set(.referencedSOPInstanceUID, "1.2")
        var dataSet = DataSet()
        dataSet.set(.referencedStudySequence, items: [item])
        dataSet.set(.rows, UInt16(512))
        dataSet.set(.imageType, "ORIGINAL", "PRIMARY")
        #expect(
            try DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
                == golden(
                    """
                    08 00 08 00 43 53 10 00                          # (0008,0008) CS 16
                    4F 52 49 47 49 4E 41 4C 5C 50 52 49 4D 41 52 59  # ORIGINAL\\PRIMARY
                    08 00 10 11 53 51 00 00 14 00 00 00              # (0008,1110) SQ 20
                    FE FF 00 E0 0C 00 00 00                          # item 12
                    08 00 55 11 55 49 04 00 31 2E 32 00              # (0008,1155) UI 4 "1.2\\0"
                    28 00 10 00 55 53 02 00 00 02                    # (0028,0010) US 2 512
                    """))
        #expect(
            try DataSetWriter.encode(item, .implicitVRLittleEndian)
                == golden(
                    """
                    08 00 55 11 04 00 00 00 31 2E 32 00              # (0008,1155) 4 "1.2\\0"
                    """))
    }

    @Test func aValueTooLongForItsVRIsWrittenAsUN() throws {
        var dataSet = DataSet()
        dataSet.set(.init(.patientComments, .LT, .bytes(Array(repeating: 0x20, count: 70_000))))
        let bytes = try DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
        #expect(Array(bytes[4..<12]) == [0x55, 0x4E, 0, 0, 0x70, 0x11, 0x01, 0])
    }

    @Test(arguments: [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian], 1...60)
    func randomDataSetsComeBack(syntax: TransferSyntax, seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let dataSet = Self.random(&random, depth: 3)
        let bytes = try DataSetWriter.encode(dataSet, syntax)
        let back = try DataSetReader.read(bytes, syntax)
        #expect(back == dataSet)
        #expect(try DataSetWriter.encode(back, syntax) == bytes)
    }

    /// Only elements whose VR the dictionary gives, of even length, so that Implicit VR loses nothing.
    static func random(_ random: inout SeededGenerator, depth: Int) -> DataSet {
        var dataSet = DataSet()
        let tags: [Tag] = [
            .imageType, .studyDate, .patientName, .patientID, .rows, .windowCenter, .frameTime,
            .redPaletteColorLookupTableData, .lutData, Tag(0x0009, 0x0010), Tag(0x0009, 0x1001), .encapsulatedDocument,
        ]
        for tag in tags where Bool.random(using: &random) {
            let count = Int.random(in: 0...20, using: &random) * 2
            dataSet.set(.init(tag, TagDictionary.vr(tag), .bytes(random.bytes(count))))
        }
        if depth > 0 {
            for tag in [Tag.referencedImageSequence, .contentSequence] where Bool.random(using: &random) {
                let count = Int.random(in: 0...3, using: &random)
                dataSet.set(tag, items: (0..<count).map { _ in Self.random(&random, depth: depth - 1) })
            }
            if Bool.random(using: &random) {
                let items = [Self.random(&random, depth: depth - 1)]
                dataSet.set(.init(Tag(0x0009, 0x1002), .UN, .sequence(items)))
            }
        }
        return dataSet
    }

    @Test func selectionKeepsOnlyWhatWasAsked() throws {
        var options = DataSetReader.Options()
        options.selection = [.modality, .rows]
        options.stopBefore = .pixelData
        var reader = DataSetReader(.explicitVRLittleEndian, options: options)
        try reader.push(object.rawSpan)
        let dataSet = reader.dataSet
        #expect(dataSet.elements.map(\.tag) == [.modality, .rows])
        guard case .stopped = reader.progress else { Issue.record("not stopped"); return }
    }

    @Test func longValuesAreOmittedOrRefused() throws {
        var options = DataSetReader.Options()
        options.limits.valueByteCountMax = 7
        options.longValues = .omit
        var reader = DataSetReader(.explicitVRLittleEndian, options: options)
        try reader.push(object.rawSpan)
        try reader.finish()
        let name = reader.dataSet[.patientName]?.value
        #expect(name == .omitted(byteCount: 8))
        #expect(throws: WireError.self) {
            try DataSetReader.read(self.object, .explicitVRLittleEndian, limits: options.limits)
        }
    }
}
