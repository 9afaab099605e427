import Bytes
import DICOM
import TestSupport
import Testing

@Suite struct InstanceHeaderTests {
    private static let none = InstanceHeaderReader.Announcement(sopClassUID: nil, sopInstanceUID: nil)

    private func parse(_ dataSet: DataSet) throws -> InstanceHeader {
        let bytes = try DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
        return try InstanceHeader.parse(dataSet: bytes, .explicitVRLittleEndian, announced: Self.none)
    }

    private func complete() -> DataSet {
        var dataSet = DataSet()
        dataSet.set(.sopClassUID, SOPClass.ultrasoundImage.uid)
        dataSet.set(.sopInstanceUID, "1.2.3")
        dataSet.set(.studyInstanceUID, "1.2.4")
        dataSet.set(.seriesInstanceUID, "1.2.5")
        return dataSet
    }

    private func image() -> DataSet {
        var dataSet = complete()
        dataSet.set(.rows, UInt16(768))
        dataSet.set(.columns, UInt16(1024))
        dataSet.set(.samplesPerPixel, UInt16(3))
        dataSet.set(.bitsAllocated, UInt16(8))
        dataSet.set(.bitsStored, UInt16(8))
        dataSet.set(.numberOfFrames, "300")
        dataSet.set(.photometricInterpretation, "RGB")
        dataSet.set(.init(.pixelData, .OW, .bytes([0, 0])))
        return dataSet
    }

    @Test func fileHeaderSaysWherePixelsAre() throws {
        let file = try Part10Tests.file(Fixture.object(explicit: true))
        let header = try InstanceHeader.parse(file: file)
        #expect(header.sopClass == .ultrasoundImage)
        #expect(header.sopInstanceUID.text == "1.2.3.4")
        #expect(header.studyInstanceUID.text == "1.2.3")
        #expect(header.seriesInstanceUID.text == "1.2.3.7")
        #expect(header.patientName == "Muster^A")
        #expect(header.patientID == "odd")
        #expect(header.modality == "US")
        #expect(header.pixelData?.valueOffset == file.count - 6)
        #expect(header.pixelData?.byteCount == 6)
        #expect(header.image?.rows == 1 && header.image?.columns == 3 && header.image?.isSigned == true)
        #expect(header.image?.nativeByteCount == 6)
        #expect(header.problems.isEmpty)
    }

    @Test func cutsDoNotMatterAndPixelsAreNotNeeded() throws {
        let file = try Part10Tests.file(Fixture.object(explicit: true))
        let whole = try InstanceHeader.parse(file: file)
        for pieces in Splitter.cuts(of: Array(file.dropLast(6))) {
            var reader = InstanceHeaderReader(fileByteCount: file.count)
            var isComplete = false
            for piece in pieces { isComplete = try reader.push(piece.rawSpan) || isComplete }
            #expect(isComplete)
            let header = try reader.finish()
            #expect(header == whole)
        }
    }

    @Test(arguments: [Tag.sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID])
    func uidsAreRequired(tag: Tag) throws {
        var dataSet = complete()
        #expect(try parse(dataSet).pixelData == nil)
        dataSet.set(tag, "1.2/3")
        #expect(throws: InstanceHeaderError.invalid(tag, "not a UID")) { try self.parse(dataSet) }
        dataSet.set(tag, "  ")
        #expect(throws: InstanceHeaderError.missing(tag)) { try self.parse(dataSet) }
        dataSet.remove(tag)
        #expect(throws: InstanceHeaderError.missing(tag)) { try self.parse(dataSet) }
    }

    @Test func announcedUIDsMustAgree() throws {
        let bytes = try DataSetWriter.encode(complete(), .explicitVRLittleEndian)
        let other = try #require(UID("1.2.9"))
        let found = try #require(UID("1.2.3"))
        #expect(throws: InstanceHeaderError.mismatch(.sopInstanceUID, announced: other, found: found)) {
            try InstanceHeader.parse(
                dataSet: bytes, .explicitVRLittleEndian, announced: .init(sopClassUID: nil, sopInstanceUID: other))
        }
    }

    @Test func imageIsDescribed() throws {
        let image = try #require(try parse(image()).image)
        #expect(image.frameCount == 300)
        #expect(image.nativeByteCount == 300 * 768 * 1024 * 3)
        #expect(image.photometricInterpretation == "RGB")
    }

    @Test func rowsAsULAreAProblem() throws {
        var dataSet = image()
        dataSet.set(.init(.rows, .UL, .bytes([0xFF, 0xFF, 0xFF, 0xFF])))
        let header = try parse(dataSet)
        #expect(header.image == nil)
        #expect(header.problems == [.invalid(.rows, "not one US value")])
    }

    @Test(arguments: [
        (Tag.samplesPerPixel, UInt16(2)), (.bitsAllocated, 12), (.bitsStored, 9), (.rows, 0), (.columns, 0),
    ])
    func impossiblePixelsAreAProblem(tag: Tag, value: UInt16) throws {
        var dataSet = image()
        dataSet.set(tag, value)
        #expect(try parse(dataSet).problems.count == 1)
    }

    @Test func frameCountIsBounded() throws {
        var dataSet = image()
        dataSet.set(.numberOfFrames, "100001")
        #expect(try parse(dataSet).problems == [.invalid(.numberOfFrames, "not within 1 to 100000")])
    }

    @Test func longDocumentIsPassedOver() throws {
        var dataSet = complete()
        dataSet.set(.init(.encapsulatedDocument, .OB, .bytes(Array(repeating: 1, count: 3 << 20))))
        #expect(try parse(dataSet).pixelData == nil)
    }

    @Test func referencedPixelsAreRefused() throws {
        let syntax = TransferSyntax(try #require(UID("1.2.840.10008.1.2.4.94")))
        let bytes = try DataSetWriter.encode(complete(), .explicitVRLittleEndian)
        #expect(throws: InstanceHeaderError.unfitSyntax(syntax)) {
            try InstanceHeader.parse(dataSet: bytes, syntax, announced: Self.none)
        }
    }

    @Test func notAFileIsUnreadable() {
        #expect { try InstanceHeader.parse(file: Array("%PDF-1.4".utf8)) } throws: {
            guard case .unreadable? = $0 as? InstanceHeaderError else { return false }
            return true
        }
    }
}
