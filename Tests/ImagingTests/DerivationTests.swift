import Bytes
import DICOM
import Domain
import Imaging
import Testing

/// What a lossy step says of the image's origin.
@Suite struct DerivationTests {
    private typealias Fixture = DataSetChangesTests

    private static func applied(
        _ image: DataSet = Fixture.image(), _ edit: (inout PixelChange) -> Void = { _ in }
    ) throws -> DataSet {
        try Fixture.applied(Fixture.jpeg, to: image, edit)
    }

    private static func code(_ value: String, _ meaning: String, scheme: String = "DCM") -> DataSet {
        Fixture.item {
            $0.set(.codeValue, value)
            $0.set(.codingSchemeDesignator, scheme)
            $0.set(.codeMeaning, meaning)
        }
    }

    // MARK: Image Type

    @Test(arguments: [
        ("ORIGINAL\\PRIMARY\\\\0001 ", "DERIVED\\PRIMARY\\\\0001 "), ("DERIVED\\SECONDARY ", "DERIVED\\SECONDARY "),
        ("ORIGINAL", "DERIVED\\PRIMARY"), ("DERIVED ", "DERIVED\\PRIMARY"), ("", "DERIVED\\PRIMARY"),
        ("ORIGINAL\\SECONDARY", "DERIVED\\SECONDARY"), ("\\PRIMARY", "DERIVED\\PRIMARY"),
        (nil, "DERIVED\\PRIMARY"),
    ])
    func theImageIsDerivedAndItsOtherValuesStay(_ old: String?, _ new: String) throws {
        let image = Fixture.image {
            $0.remove(.imageType)
            if let old { $0.set(.imageType, old) }
        }
        #expect(try Self.applied(image).bytes(.imageType) == Array(new.utf8))
    }

    private static func groups(_ type: String) -> DataSet {
        Fixture.item {
            let frame = Fixture.item {
                $0.set(.frameType, type, "PRIMARY")
                $0.set(.cineRate, "30")
            }
            $0.set(.init(.init(0x0018, 0x9806), .SQ, .sequence([frame])))
            $0.set(.init(.init(0x0020, 0x9111), .SQ, .sequence([Fixture.item { $0.set(.instanceNumber, "1") }])))
        }
    }

    @Test func frameTypesOfFunctionalGroupsAreDerivedToo() throws {
        let image = Fixture.image {
            $0.set(.sharedFunctionalGroupsSequence, items: [Self.groups("ORIGINAL")])
            $0.set(.perFrameFunctionalGroupsSequence, items: [Self.groups("ORIGINAL"), Self.groups("DERIVED")])
        }
        let result = try Self.applied(image)
        #expect(result.sequence(.sharedFunctionalGroupsSequence) == [Self.groups("DERIVED")])
        #expect(
            result.sequence(.perFrameFunctionalGroupsSequence) == [Self.groups("DERIVED"), Self.groups("DERIVED")])
        #expect(
            try Fixture.applied(.rle, to: image)[.sharedFunctionalGroupsSequence]
                == image[.sharedFunctionalGroupsSequence])
    }

    // MARK: Description and codes

    @Test func anOldDescriptionStaysInFront() throws {
        let image = Fixture.image { $0.set(.init(.derivationDescription, .ST, .bytes(Array("Größe \\ 1 ".utf8)))) }
        let bytes = try #require(try Self.applied(image).bytes(.derivationDescription))
        #expect(bytes.starts(with: Array("Größe \\ 1 Compressed from ".utf8)))
    }

    @Test func aDescriptionWithoutRoomStaysAsItIs() throws {
        let sentence = try #require(try Self.applied().bytes(.derivationDescription)).count
        for (count, isAppended) in [(1024 - 1 - sentence, true), (1024 - sentence, false), (1024, false)] {
            let old = [UInt8](repeating: UInt8(ascii: "x"), count: count)
            let image = Fixture.image { $0.set(.init(.derivationDescription, .ST, .bytes(old))) }
            let new = try #require(try Self.applied(image).bytes(.derivationDescription))
            #expect(new.starts(with: old) && new.count == (isAppended ? 1024 : count))
        }
    }

    @Test func theCodeIsThereOnce() throws {
        let lossy = Self.code("113040", "Lossy Compression")
        let other = Self.code("113040", "Something", scheme: "99ACME")
        #expect(try Self.applied().sequence(.derivationCodeSequence) == [lossy])
        for (old, new) in [([lossy], [lossy]), ([other], [other, lossy])] {
            let image = Fixture.image { $0.set(.derivationCodeSequence, items: old) }
            #expect(try Self.applied(image).sequence(.derivationCodeSequence) == new)
        }
    }

    // MARK: Source and equipment

    private static let predecessor = Fixture.item {
        $0.set(.referencedSOPClassUID, SOPClass.ultrasoundMultiFrameImage.uid)
        $0.set(.referencedSOPInstanceUID, Fixture.source)
        $0.set(.spatialLocationsPreserved, "YES")
        $0.set(.purposeOfReferenceCodeSequence, items: [code("121320", "Uncompressed predecessor")])
    }

    @Test func theSourceIsAppendedAndEarlierOnesStay() throws {
        let earlier = Fixture.item { $0.set(.referencedSOPInstanceUID, "1.2.9") }
        #expect(try Self.applied().sequence(.sourceImageSequence) == [Self.predecessor])
        let image = Fixture.image { $0.set(.sourceImageSequence, items: [earlier]) }
        #expect(try Self.applied(image).sequence(.sourceImageSequence) == [earlier, Self.predecessor])
    }

    @Test func anImageThatKeepsItsUIDHasNoSource() throws {
        let result = try Self.applied {
            $0.lossyUID = .keep
            $0.sopInstanceUID = Fixture.source
        }
        #expect(result.uid(.sopInstanceUID) == Fixture.source && result[.sourceImageSequence] == nil)
        #expect(result.string(.imageType) == "DERIVED" && result.string(.lossyImageCompression) == "01")
        #expect(result.sequence(.contributingEquipmentSequence).count == 1)
    }

    @Test func aUIDThatContradictsTheStepIsRefused() throws {
        #expect(throws: CodecError.self) { try Self.applied { $0.sopInstanceUID = Fixture.source } }
        #expect(throws: CodecError.self) { try Self.applied { $0.lossyUID = .keep } }
        #expect(throws: CodecError.self) {
            try Fixture.applied(.rle, to: Fixture.image()) { $0.sopInstanceUID = Fixture.derived }
        }
        #expect(throws: CodecError.self) { try Self.applied(Fixture.image { $0.remove(.sopClassUID) }) }
        #expect(throws: CodecError.self) { try Self.applied(Fixture.image { $0.remove(.sopInstanceUID) }) }
    }

    @Test func theEquipmentIsAppendedWithoutDates() throws {
        let scanner = Fixture.item { $0.set(.manufacturer, "ACME") }
        let image = Fixture.image { $0.set(.contributingEquipmentSequence, items: [scanner]) }
        let causeway = Fixture.item {
            $0.set(.manufacturer, "Causeway")
            $0.set(.manufacturerModelName, "Causeway")
            $0.set(.softwareVersions, "codec 1.2")
            $0.set(.purposeOfReferenceCodeSequence, items: [Self.code("109103", "Modifying Equipment")])
        }
        #expect(try Self.applied(image).sequence(.contributingEquipmentSequence) == [scanner, causeway])
    }

    @Test(arguments: [
        DICOM.Tag.sourceImageSequence, .contributingEquipmentSequence, .derivationCodeSequence,
        .perFrameFunctionalGroupsSequence,
    ])
    func itemsThatCannotBeKeptAreNotReplaced(_ tag: DICOM.Tag) throws {
        let unread = Fixture.image { $0.set(.init(tag, .UN, .bytes([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]))) }
        var result = unread
        let change = try Fixture.change(unread, Fixture.jpeg)
        #expect(throws: CodecError.self) { try DataSetChanges.apply(change, to: &result) }
        #expect(result == unread)
        let empty = Fixture.image { $0.set(.init(tag, .UN, .bytes([]))) }
        #expect(throws: Never.self) { try Self.applied(empty) }
    }

    @Test func theRecordIsWrittenInBothEncodings() throws {
        let result = try Self.applied()
        for syntax in [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian] {
            let bytes = try DataSetWriter.encode(result, syntax)
            let again = try DataSetReader.read(bytes, syntax)
            #expect(again.sequence(.sourceImageSequence).count == 1)
            #expect(again.string(.lossyImageCompressionRatio) == "12.346")
        }
    }
}
