internal import Bytes
internal import DICOM
package import Reactor

/// Which objects of a study others speak of: reports, key object selections and presentation states name images by
/// their UID, which therefore must not change (C 2.2).
package enum StudyReferences {
    /// References kept of one object.
    package static let countMax = 100_000

    /// Every Referenced SOP Instance UID (0008,1155) of a Part 10 file, at any depth, up to where pixels would stand.
    /// What is too long for a UID is no reference; an object with more than `countMax` of them is refused.
    package static func referencedSOPInstanceUIDs(in file: ReadableFile) throws(FactsError) -> Set<String> {
        var limits = DataSetLimits()
        limits.valueByteCountMax = 4 << 10
        limits.totalByteCountMax = 64 << 20
        let elements = try ElementsBeforePixels(file, nil, limits)
        var found: Set<String> = []
        // A list of what is still to be looked at, as nesting is the file's to choose.
        var pending = [elements.dataSet]
        while let dataSet = pending.popLast() {
            for element in dataSet.elements {
                if case .sequence(let items) = element.value { pending += items }
                if element.tag == .referencedSOPInstanceUID, let uid = dataSet.uid(element.tag) {
                    found.insert(uid.text)
                }
            }
            guard found.count <= countMax else {
                throw .unreadable(
                    WireError(
                        .overlong(length: found.count, limit: countMax), field: "\(Tag.referencedSOPInstanceUID)",
                        offset: elements.header.dataSetOffset))
            }
        }
        return found
    }
}
