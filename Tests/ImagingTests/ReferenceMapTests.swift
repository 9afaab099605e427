import Bytes
import DICOM
import Imaging
import Testing

@Suite struct ReferenceMapTests {
    private static func item(_ change: (inout DataSet) -> Void) -> DataSet {
        var dataSet = DataSet()
        change(&dataSet)
        return dataSet
    }

    private static func reference(_ uid: String) -> DataSet {
        item {
            $0.set(.referencedSOPClassUID, SOPClass.ultrasoundImage.uid)
            $0.set(.referencedSOPInstanceUID, uid)
        }
    }

    private static func report(_ first: String, _ second: String) -> DataSet {
        item {
            $0.set(.sopInstanceUID, "1.2.3")
            $0.set(.referencedImageSequence, items: [reference(first), reference("1.2.99")])
            let series = item { $0.set(.referencedSOPSequence, items: [reference(second)]) }
            let study = item { $0.set(.referencedSeriesSequence, items: [series]) }
            $0.set(.init(.currentRequestedProcedureEvidenceSequence, .UN, .sequence([study])))
            $0.set(.init(.init(0x0009, 0x1001), .UN, .bytes(Array("1.2.3".utf8))))
        }
    }

    @Test func referencesAtAnyDepthAreReplacedAndNothingElse() throws {
        var dataSet = Self.report("1.2.3", "1.2.4")
        let map = ["1.2.3": try #require(UID("2.25.3")), "1.2.4": try #require(UID("2.25.4"))]
        #expect(ReferenceMap.apply(map, to: &dataSet) == 2)
        #expect(dataSet == Self.report("2.25.3", "2.25.4"))
    }

    @Test func paddingOfTheOldUIDDoesNotMatter() throws {
        var dataSet = Self.item { $0.set(.init(.referencedSOPInstanceUID, .UI, .bytes(Array("1.2.3\0".utf8)))) }
        #expect(ReferenceMap.apply(["1.2.3": try #require(UID("2.25.3"))], to: &dataSet) == 1)
        #expect(dataSet.bytes(.referencedSOPInstanceUID) == Array("2.25.3".utf8))
    }

    @Test func withoutAMatchNothingChanges() throws {
        let before = Self.report("1.2.3", "1.2.4")
        var dataSet = before
        #expect(ReferenceMap.apply([:], to: &dataSet) == 0)
        #expect(ReferenceMap.apply(["1.2.3.4": try #require(UID("2.25.3"))], to: &dataSet) == 0)
        #expect(dataSet == before)
    }

    @Test func twoUIDsInOneElementAreLeftAlone() throws {
        let before = Self.item { $0.set(.referencedSOPInstanceUID, "1.2.3", "1.2.4") }
        var dataSet = before
        #expect(ReferenceMap.apply(["1.2.3": try #require(UID("2.25.3"))], to: &dataSet) == 0)
        #expect(dataSet == before)
    }
}
