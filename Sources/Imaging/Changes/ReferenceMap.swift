package import DICOM

/// References to images that a destination has under other SOP Instance UIDs.
package enum ReferenceMap {
    /// Replaces each Referenced SOP Instance UID (0008,1155) that is a key of `map`, at any depth, and touches nothing
    /// else. The items of sequences that came as UN of known length are not looked into.
    ///
    /// - Returns: how many were replaced.
    package static func apply(_ map: [String: UID], to dataSet: inout DataSet) -> Int {
        var count = 0
        for element in dataSet.elements {
            switch element.value {
            case .sequence(var items):
                // The depth of recursion is that of the data set, which the reader bounds.
                let inside = items.indices.reduce(0) { $0 + apply(map, to: &items[$1]) }
                if inside > 0 { dataSet.set(DataSet.Element(element.tag, element.vr, .sequence(items))) }
                count += inside
            case .bytes where element.tag == .referencedSOPInstanceUID:
                guard let old = dataSet.bytes(element.tag).flatMap({ UID(bytes: $0) }), let new = map[old.text] else {
                    continue
                }
                dataSet.set(DataSet.Element(element.tag, element.vr, .bytes(Array(new.text.utf8))))
                count += 1
            case .bytes, .fragments, .omitted: continue
            }
        }
        return count
    }
}
