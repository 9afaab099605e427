import Bytes
import DICOM
import Foundation
import Imaging
import Reactor
import TestSupport
import Testing

@Suite struct InstanceFactsReadingTests {
    private typealias Change = (inout DataSet) -> Void

    /// A small grey image; `change` adds to it, and to nothing else.
    private func file(
        _ syntax: TransferSyntax = .explicitVRLittleEndian, after: [UInt8] = [], _ change: Change = { _ in }
    ) throws -> [UInt8] {
        var dataSet = PixelDescriptionTests.dataSet()
        dataSet.set(.sopClassUID, SOPClass.ultrasoundImage.uid)
        dataSet.set(.sopInstanceUID, "1.2.3")
        dataSet.set(.rows, UInt16(4))
        dataSet.set(.columns, UInt16(4))
        dataSet.set(.numberOfFrames, "2")
        let pixels = [UInt8](repeating: 7, count: 4 * 4 * 3 * 2)
        dataSet.set(.init(.pixelData, .OB, syntax.isNative ? .bytes(pixels) : .fragments([[], [1, 2], [3, 4]])))
        change(&dataSet)
        let header = Part10.header(
            sopClass: SOPClass.ultrasoundImage.uid, sopInstance: try #require(UID("1.2.3")), syntax: syntax)
        return header + (try DataSetWriter.encode(dataSet, syntax)) + after
    }

    private func facts(_ bytes: [UInt8]) async throws -> InstanceFacts {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.dcm"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try InstanceFacts.read(from: ReadableFile(path: path))
        }
    }

    private func facts(
        _ syntax: TransferSyntax = .explicitVRLittleEndian, _ change: Change = { _ in }
    ) async throws -> InstanceFacts {
        try await facts(file(syntax, change))
    }

    private func item(_ change: Change) -> DataSet {
        var dataSet = DataSet()
        change(&dataSet)
        return dataSet
    }

    @Test(arguments: [
        TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian, .jpegLosslessSV1, .jpegBaseline,
    ])
    func anOrdinaryImageHasNothingAgainstIt(_ syntax: TransferSyntax) async throws {
        let bytes = try file(syntax)
        let found = try await facts(bytes)
        var expected = InstanceFacts(
            sopClassUID: SOPClass.ultrasoundImage.uid, sopInstanceUID: try #require(UID("1.2.3")),
            transferSyntax: syntax, byteCount: found.byteCount, pixels: found.pixels)
        expected.isLossyAlready = syntax == .jpegBaseline
        #expect(found == expected)
        guard case .image(let pixels) = found.pixels else { throw CodecError.malformed("\(found.pixels)") }
        #expect(pixels.rows == 4 && pixels.frameCount == 2 && found.isCine)
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else { return }
        #expect(found.byteCount == bytes.count - header.dataSetOffset)
    }

    @Test func lossIsReadFromTheAttributeAndTheSyntax() async throws {
        let rows: [(TransferSyntax, String?, Bool)] = [
            (.explicitVRLittleEndian, nil, false), (.explicitVRLittleEndian, "00", false),
            (.explicitVRLittleEndian, "01", true), (.jpegLosslessSV1, "01", true), (.jpegBaseline, nil, true),
            (.jpegBaseline, "00", true), (.jpeg2000, nil, true), (.jpeg2000, "00", false), (.jpeg2000, "01", true),
            (.jpegLSNearLossless, "00", false), (.jpeg2000Lossless, nil, false),
        ]
        for (syntax, said, isLossy) in rows {
            let found = try await facts(syntax) { if let said { $0.set(.lossyImageCompression, said) } }
            #expect(found.isLossyAlready == isLossy, "\(syntax) \(said ?? "-")")
        }
    }

    @Test func whatForbidsLossIsSeen() async throws {
        let mapping = item { $0.set(.realWorldValueMappingSequence, items: [DataSet()]) }
        let mapped: [Change] = [
            { $0.set(.realWorldValueMappingSequence, items: [DataSet()]) },
            { $0.set(.sharedFunctionalGroupsSequence, items: [mapping]) },
            { $0.set(.perFrameFunctionalGroupsSequence, items: [DataSet(), mapping]) },
        ]
        for change in mapped { #expect(try await facts(.explicitVRLittleEndian, change).hasRealWorldValueMapping) }
        let other = try await facts { $0.set(.perFrameFunctionalGroupsSequence, items: [DataSet(), DataSet()]) }
        #expect(!other.hasRealWorldValueMapping)
        #expect(try await facts { $0.set(.pixelPaddingValue, UInt16(0)) }.hasPixelPaddingValue)
        #expect(try await facts { $0.set(.concatenationUID, "1.2.3.4") }.isConcatenationPart)
    }

    @Test func moreFunctionalGroupsThanAreReadCountAsMapping() async throws {
        let frame = item { dataSet in
            for element in UInt16(1)...2100 { dataSet.set(.init(DICOM.Tag(0x0021, element), .SH, .bytes([]))) }
        }
        let found = try await facts {
            $0.set(.perFrameFunctionalGroupsSequence, items: Array(repeating: frame, count: 100))
        }
        #expect(found.hasRealWorldValueMapping && found.isCine)
    }

    @Test func onlyRegionsWithQuantitiesCount() async throws {
        let rows: [(organization: UInt16?, units: UInt16?, isQuantity: Bool)] = [
            (nil, nil, false), (nil, 7, false), (0, 0, false), (0, 2, false), (1, 1, false), (2, 2, false),
            (0, 7, true), (1, 3, true), (2, 5, true), (2, nil, true), (3, nil, true),
        ]
        for row in rows {
            let region = item { region in
                if let organization = row.organization { region.set(.pixelComponentOrganization, organization) }
                if let units = row.units { region.set(.pixelComponentPhysicalUnits, units) }
            }
            let found = try await facts { $0.set(.sequenceOfUltrasoundRegions, items: [DataSet(), region]) }
            #expect(found.hasQuantitativeRegion == row.isQuantity, "\(row)")
        }
    }

    @Test func onlyOverlaysInPixelsAreEmbedded() async throws {
        func overlay(_ group: UInt16, data: Bool, position: UInt16?, allocated: UInt16 = 16) -> Change {
            { dataSet in
                dataSet.set(.init(DICOM.Tag(group, 0x0010), .US, .bytes([4, 0])))
                dataSet.set(.init(DICOM.Tag(group, 0x0100), .US, .bytes([UInt8(allocated), 0])))
                if let position { dataSet.set(.init(DICOM.Tag(group, 0x0102), .US, .bytes([UInt8(position), 0]))) }
                if data { dataSet.set(.init(DICOM.Tag(group, 0x3000), .OW, .bytes([1, 0]))) }
            }
        }
        #expect(try await facts(.explicitVRLittleEndian, overlay(0x6000, data: false, position: 7)).hasEmbeddedOverlay)
        #expect(try await facts(.explicitVRLittleEndian, overlay(0x601E, data: false, position: 0)).hasEmbeddedOverlay)
        #expect(
            try await facts(.explicitVRLittleEndian, overlay(0x6002, data: false, position: nil)).hasEmbeddedOverlay)
        for change in [
            overlay(0x6000, data: true, position: 0, allocated: 1), overlay(0x6000, data: false, position: 8),
            overlay(0x6000, data: false, position: nil, allocated: 1),
        ] {
            #expect(try await !facts(.explicitVRLittleEndian, change).hasEmbeddedOverlay)
        }
    }

    @Test func timeAndShapeAreRead() async throws {
        let steady = try await facts { $0.set(.frameTime, "40") }
        #expect(steady.framesPerSecond == 25 && !steady.hasUnevenFrameTimes && !steady.hasPixelAspectRatio)
        let rounded = try await facts { $0.set(.frameTimeVector, "0", "33", "34", "33") }
        #expect(!rounded.hasUnevenFrameTimes && (29.9...30.1).contains(rounded.framesPerSecond ?? 0))
        for values in ["0\\33\\50", "0\\33\\x", "0\\nan\\nan"] {
            #expect(try await facts { $0.set(.frameTimeVector, values) }.hasUnevenFrameTimes, "\(values)")
        }
        #expect(try await facts { $0.set(.frameTime, "0") }.framesPerSecond == nil)
        #expect(try await facts { $0.set(.pixelAspectRatio, "1", "1") }.hasPixelAspectRatio)
    }

    // MARK: Kinds of objects

    @Test func kindsOfPixelsAreTold() async throws {
        #expect(try await facts { $0.remove(.pixelData) }.pixels == .none)
        let float = try await facts { dataSet in
            dataSet.remove(.pixelData)
            dataSet.set(.init(.floatPixelData, .OF, .bytes([0, 0, 0, 0])))
        }
        #expect(float.pixels == .float)
        let rows: [(String, TransferSyntax, Change)] = [
            ("(0028,0010) Rows is missing", .explicitVRLittleEndian, { $0.remove(.rows) }),
            ("96 bytes where 192", .explicitVRLittleEndian, { $0.set(.numberOfFrames, "4") }),
            ("96 bytes where 64", .explicitVRLittleEndian, { $0.set(.photometricInterpretation, "YBR_FULL_422") }),
            ("no fragments", .jpegBaseline, { $0.set(.init(.pixelData, .OB, .bytes([1, 2]))) }),
            ("fragments in", .explicitVRLittleEndian, { $0.set(.init(.pixelData, .OB, .fragments([[], [1, 2]]))) }),
        ]
        for (words, syntax, change) in rows {
            let pixels = try await facts(syntax, change).pixels
            guard case .unreadable(let why) = pixels else {
                Issue.record("\(words): \(pixels)")
                continue
            }
            #expect(why.contains(words), "\(why)")
        }
    }

    @Test func paddingToEvenLengthIsNoContradiction() async throws {
        let odd = try await facts { dataSet in
            dataSet.set(.rows, UInt16(3))
            dataSet.set(.columns, UInt16(3))
            dataSet.set(.numberOfFrames, "1")
            dataSet.set(.init(.pixelData, .OB, .bytes([UInt8](repeating: 1, count: 27))))
        }
        guard case .image = odd.pixels else { return #expect(Bool(false), "\(odd.pixels)") }
    }

    @Test func signaturesAreFoundWhereTheyShow() async throws {
        let signature: [UInt8] = [0xFA, 0xFF, 0xFA, 0xFF, 0x53, 0x51, 0, 0, 0, 0, 0, 0]
        let padding: [UInt8] = [0xFC, 0xFF, 0xFC, 0xFF, 0x4F, 0x42, 0, 0, 2, 0, 0, 0, 0, 0]
        let between: [UInt8] = [0xE1, 0x7F, 0x10, 0, 0x4C, 0x4F, 2, 0, 0x41, 0x41]
        #expect(try await facts(file(after: signature)).isSigned)
        #expect(try await facts(file(after: between + signature)).isSigned)
        #expect(try await !facts(file(after: padding)).isSigned)
        #expect(try await !facts(file(after: between)).isSigned)
        #expect(try await !facts(file(after: Array(signature.prefix(5)))).isSigned, "a torso is no element")
        let implicit: [UInt8] = [0xFA, 0xFF, 0xFA, 0xFF, 0, 0, 0, 0]
        #expect(try await !facts(file(.implicitVRLittleEndian, after: Array(implicit.prefix(4)))).isSigned)
        #expect(try await facts(file(.implicitVRLittleEndian, after: implicit + [0, 0])).isSigned)
        let mac: Change = { $0.set(.macParametersSequence, items: [DataSet()]) }
        #expect(try await facts(.jpegBaseline, mac).isSigned, "it stands before the fragments")
        let report = try await facts { dataSet in
            dataSet.remove(.pixelData)
            dataSet.set(.digitalSignaturesSequence, items: [DataSet()])
        }
        #expect(report.isSigned && report.pixels == .none)
    }

    @Test func theHeaderMayBeLongerThanAPiece() async throws {
        let found = try await facts { dataSet in
            dataSet.set(.init(DICOM.Tag(0x0009, 0x1001), .OB, .bytes([UInt8](repeating: 9, count: 300_000))))
        }
        #expect(found.isCine)
    }

    // MARK: Broken files

    @Test func everyCutIsAnErrorOrTheSameFacts() async throws {
        let whole = try file { $0.set(.sequenceOfUltrasoundRegions, items: [DataSet()]) }
        let expected = try await facts(whole)
        try await withTemporaryDirectory { directory in
            let path = directory + "/cut.dcm"
            for count in stride(from: 0, to: whole.count, by: 3) {
                try Data(whole.prefix(count)).write(to: URL(fileURLWithPath: path))
                let found = try? InstanceFacts.read(from: ReadableFile(path: path))
                // Between two elements a cut looks like an end.
                #expect(found == nil || found?.pixels == expected.pixels || found?.pixels == InstanceFacts.Pixels.none)
            }
        }
    }

    @Test func noiseIsReadOrRefused() async throws {
        let whole = try file { $0.set(.sequenceOfUltrasoundRegions, items: [DataSet()]) }
        var random = SeededGenerator(seed: 3)
        try await withTemporaryDirectory { directory in
            let path = directory + "/noise.dcm"
            for _ in 0..<1000 {
                var bytes = whole
                for _ in 0..<3 {
                    bytes[132 + Int(random.next() % UInt64(bytes.count - 132))] = UInt8(random.next() & 255)
                }
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                do throws(FactsError) {
                    let file = try open(path)
                    _ = try InstanceFacts.read(from: file)
                    _ = try StudyReferences.referencedSOPInstanceUIDs(in: file)
                } catch {
                    #expect(!"\(error)".isEmpty)
                }
            }
        }
    }

    private func open(_ path: String) throws(FactsError) -> ReadableFile {
        do throws(SystemError) { return try ReadableFile(path: path) } catch { throw .file(error) }
    }

    @Test func whatIsNoFileIsRefused() async throws {
        await #expect(throws: FactsError.self) { try await facts([1, 2, 3]) }
        await #expect(throws: FactsError.self) { try await facts([]) }
        let nameless = try file { $0.remove(.sopClassUID) }
        #expect(try await facts(nameless).sopClassUID == SOPClass.ultrasoundImage.uid, "file meta names it too")
    }

    // MARK: References

    @Test func referencesAreFoundAtAnyDepth() async throws {
        func reference(_ uid: String) -> DataSet { item { $0.set(.referencedSOPInstanceUID, uid) } }
        let bytes = try file { dataSet in
            dataSet.remove(.pixelData)
            var series = DataSet()
            series.set(.referencedSOPSequence, items: [reference("1.2.1"), reference("1.2.2")])
            var study = DataSet()
            study.set(.referencedSeriesSequence, items: [series])
            dataSet.set(.currentRequestedProcedureEvidenceSequence, items: [study])
            var content = item { $0.set(.referencedSOPSequence, items: [reference("1.2.3"), reference("1.2.1")]) }
            for _ in 0..<40 { content = item { $0.set(.contentSequence, items: [content]) } }
            dataSet.set(.contentSequence, items: [content, reference("not a UID")])
            dataSet.set(.init(.encapsulatedDocument, .OB, .bytes([UInt8](repeating: 1, count: 100_000))))
        }
        let found = try await withTemporaryDirectory { directory in
            let path = directory + "/sr.dcm"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try StudyReferences.referencedSOPInstanceUIDs(in: ReadableFile(path: path))
        }
        #expect(found == ["1.2.1", "1.2.2", "1.2.3"])
    }
}
