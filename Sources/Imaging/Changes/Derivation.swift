internal import DICOM

/// That an image is derived by lossy compression: from what, how and by whom (PS3.3 C.7.6.1.1.2 to C.7.6.1.1.4,
/// C.7.6.16, C.12.1).
enum Derivation {
    /// Characters of VR ST; bytes are counted, which are never fewer.
    static let descriptionByteCountMax = 1024

    static func describe(_ change: PixelChange, in dataSet: inout DataSet) throws(CodecError) {
        markDerived(.imageType, &dataSet)
        try markFrames(&dataSet)
        appendSentence(change, to: &dataSet)
        try appendCode(&dataSet)
        if change.needsNewUID {
            try appendSource(&dataSet)
            dataSet.set(.sopInstanceUID, change.sopInstanceUID)
        }
        try append(equipment(change), to: .contributingEquipmentSequence, &dataSet)
    }

    // MARK: Image Type

    /// Makes value 1 of Image Type or Frame Type DERIVED; the others stay.
    private static func markDerived(_ tag: Tag, _ dataSet: inout DataSet) {
        let old = dataSet.strings(tag)
        guard old.first != "DERIVED" || old.count < 2 else { return }
        let others = (dataSet.bytes(tag) ?? []).drop { $0 != UInt8(ascii: "\\") }
        let text = Array("DERIVED".utf8) + (others.isEmpty ? Array("\\PRIMARY".utf8) : Array(others))
        dataSet.set(DataSet.Element(tag, .CS, .bytes(text)))
    }

    /// Frame Type (0008,9007) stands in one of the sequences of each functional group.
    private static func markFrames(_ dataSet: inout DataSet) throws(CodecError) {
        for tag in [Tag.sharedFunctionalGroupsSequence, .perFrameFunctionalGroupsSequence] {
            guard let element = dataSet[tag] else { continue }
            let groups = try items(tag, dataSet).map { markFrameType(in: $0) }
            if !groups.isEmpty { dataSet.set(DataSet.Element(tag, element.vr, .sequence(groups))) }
        }
    }

    private static func markFrameType(in groups: DataSet) -> DataSet {
        var result = groups
        for element in groups.elements {
            guard case .sequence(var macros) = element.value, macros.contains(where: { $0[.frameType] != nil })
            else { continue }
            for index in macros.indices where macros[index][.frameType] != nil {
                markDerived(.frameType, &macros[index])
            }
            result.set(DataSet.Element(element.tag, element.vr, .sequence(macros)))
        }
        return result
    }

    // MARK: How

    /// The text that is there stays whole; where it leaves no room, the sentence is left to the coded elements.
    private static func appendSentence(_ change: PixelChange, to dataSet: inout DataSet) {
        var text: [UInt8] = []
        if let element = dataSet[.derivationDescription] {
            guard case .bytes(let bytes) = element.value else { return }
            text = bytes
        }
        while let last = text.last, last == 0x20 || last == 0 { text.removeLast() }
        let (from, to) = (SyntaxCapabilities.name(change.from), SyntaxCapabilities.name(change.to.transferSyntax))
        if !text.isEmpty { text.append(0x20) }
        text += Array("Compressed from \(from) to \(to), \(change.to.summary), by \(change.codec).".utf8)
        guard text.count <= descriptionByteCountMax else { return }
        dataSet.set(DataSet.Element(.derivationDescription, .ST, .bytes(text)))
    }

    private static func appendCode(_ dataSet: inout DataSet) throws(CodecError) {
        let code = code("113040", "Lossy Compression")
        let isThere = try items(.derivationCodeSequence, dataSet).contains {
            $0.string(.codeValue) == code.string(.codeValue) && $0.string(.codingSchemeDesignator) == "DCM"
        }
        if !isThere { try append(code, to: .derivationCodeSequence, &dataSet) }
    }

    // MARK: From what and by whom

    /// The image under the UID that it still has.
    private static func appendSource(_ dataSet: inout DataSet) throws(CodecError) {
        guard let sopClass = dataSet.uid(.sopClassUID), let sopInstance = dataSet.uid(.sopInstanceUID) else {
            throw .malformed("SOP Class UID (0008,0016) or SOP Instance UID (0008,0018) is missing")
        }
        var item = DataSet()
        item.set(.referencedSOPClassUID, sopClass)
        item.set(.referencedSOPInstanceUID, sopInstance)
        item.set(.spatialLocationsPreserved, "YES")
        item.set(.purposeOfReferenceCodeSequence, items: [code("121320", "Uncompressed predecessor")])
        try append(item, to: .sourceImageSequence, &dataSet)
    }

    /// No date or time: equal steps must give equal bytes.
    private static func equipment(_ change: PixelChange) -> DataSet {
        var item = DataSet()
        item.set(.manufacturer, "Causeway")
        item.set(.manufacturerModelName, "Causeway")
        item.set(.softwareVersions, change.codec)
        item.set(.purposeOfReferenceCodeSequence, items: [code("109103", "Modifying Equipment")])
        return item
    }

    private static func code(_ value: String, _ meaning: String) -> DataSet {
        var item = DataSet()
        item.set(.codeValue, value)
        item.set(.codingSchemeDesignator, "DCM")
        item.set(.codeMeaning, meaning)
        return item
    }

    // MARK: Sequences

    private static func append(_ item: DataSet, to tag: Tag, _ dataSet: inout DataSet) throws(CodecError) {
        let old = try items(tag, dataSet)
        let vr = old.isEmpty ? VR.SQ : dataSet[tag]?.vr ?? .SQ
        dataSet.set(DataSet.Element(tag, vr, .sequence(old + [item])))
    }

    /// None when absent or empty. Items that came as UN of known length are not split, so they could not be kept.
    private static func items(_ tag: Tag, _ dataSet: DataSet) throws(CodecError) -> [DataSet] {
        switch dataSet[tag]?.value {
        case nil: []
        case .sequence(let items): items
        case .bytes(let bytes) where bytes.isEmpty: []
        case .bytes, .fragments, .omitted: throw .unsupported("\(tag) cannot be read as a sequence")
        }
    }
}
