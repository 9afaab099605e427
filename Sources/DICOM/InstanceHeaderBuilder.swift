/// Turns the elements before Pixel Data into an `InstanceHeader`: pure judgement.
struct InstanceHeaderBuilder {
    let dataSet: DataSet
    let syntax: TransferSyntax
    let dataSetOffset: Int
    let irregularities: DataSetIrregularities

    /// The elements looked at.
    static let tags: Set<Tag> = [
        .specificCharacterSet, .sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID,
        .patientID, .patientName, .patientBirthDate, .patientSex, .accessionNumber, .studyDate, .studyTime,
        .studyID, .studyDescription, .seriesDescription, .seriesNumber, .instanceNumber, .modality,
        .numberOfFrames, .rows, .columns, .samplesPerPixel, .bitsAllocated, .bitsStored, .pixelRepresentation,
        .photometricInterpretation,
    ]

    func build(
        stoppedAt found: ElementHeader?, _ announced: InstanceHeaderReader.Announcement
    ) throws(InstanceHeaderError) -> InstanceHeader {
        let sopClass = try uid(.sopClassUID)
        let sopInstance = try uid(.sopInstanceUID)
        try check(announced.sopClassUID, sopClass, .sopClassUID)
        try check(announced.sopInstanceUID, sopInstance, .sopInstanceUID)
        let pixels = found.flatMap { pixelData($0) }
        var problems: [InstanceHeaderError] = []
        var image: InstanceHeader.Image?
        if pixels != nil {
            do throws(InstanceHeaderError) { image = try self.image() } catch { problems.append(error) }
        }
        for tag in [Tag.patientBirthDate, .studyDate] {
            if let date = dataSet.string(tag), !isDate(date) { problems.append(.invalid(tag, "not a date")) }
        }
        return InstanceHeader(
            transferSyntax: syntax, dataSetOffset: dataSetOffset, sopClass: SOPClass(sopClass),
            sopInstanceUID: sopInstance, studyInstanceUID: try uid(.studyInstanceUID),
            seriesInstanceUID: try uid(.seriesInstanceUID), patientID: dataSet.string(.patientID),
            patientName: dataSet.string(.patientName), patientBirthDate: dataSet.string(.patientBirthDate),
            patientSex: dataSet.string(.patientSex), accessionNumber: dataSet.string(.accessionNumber),
            studyDate: dataSet.string(.studyDate), studyTime: dataSet.string(.studyTime),
            studyID: dataSet.string(.studyID), studyDescription: dataSet.string(.studyDescription),
            seriesDescription: dataSet.string(.seriesDescription), seriesNumber: dataSet.int(.seriesNumber),
            instanceNumber: dataSet.int(.instanceNumber), modality: dataSet.string(.modality), pixelData: pixels,
            image: image, problems: problems, irregularities: irregularities)
    }

    private func uid(_ tag: Tag) throws(InstanceHeaderError) -> UID {
        guard let bytes = dataSet.bytes(tag), bytes.contains(where: { $0 != 0 && $0 != 0x20 }) else {
            throw .missing(tag)
        }
        guard let uid = UID(bytes: bytes) else { throw .invalid(tag, "not a UID") }
        return uid
    }

    private func check(_ announced: UID?, _ found: UID, _ tag: Tag) throws(InstanceHeaderError) {
        if let announced, announced != found { throw .mismatch(tag, announced: announced, found: found) }
    }

    private func pixelData(_ header: ElementHeader) -> InstanceHeader.PixelData? {
        guard [.floatPixelData, .doubleFloatPixelData, .pixelData].contains(header.tag) else { return nil }
        return InstanceHeader.PixelData(
            tag: header.tag, byteCount: header.byteCount,
            offset: syntax.isDeflated ? nil : dataSetOffset + header.offset,
            valueOffset: syntax.isDeflated ? nil : dataSetOffset + header.valueOffset)
    }

    private func image() throws(InstanceHeaderError) -> InstanceHeader.Image {
        let frames = dataSet[.numberOfFrames] == nil ? 1 : dataSet.int(.numberOfFrames) ?? 1
        guard (1...100_000).contains(frames) else { throw .invalid(.numberOfFrames, "not within 1 to 100000") }
        let bitsAllocated = try unsigned16(.bitsAllocated, [1, 8, 16, 32, 64])
        let bitsStored = dataSet[.bitsStored] == nil ? bitsAllocated : try unsigned16(.bitsStored, 1...64)
        guard bitsStored <= bitsAllocated else { throw .invalid(.bitsStored, "more than Bits Allocated") }
        return InstanceHeader.Image(
            frameCount: frames, rows: try unsigned16(.rows, 1...65535), columns: try unsigned16(.columns, 1...65535),
            samplesPerPixel: try unsigned16(.samplesPerPixel, [1, 3]), bitsAllocated: bitsAllocated,
            bitsStored: bitsStored, isSigned: dataSet.int(.pixelRepresentation) == 1,
            photometricInterpretation: dataSet.string(.photometricInterpretation) ?? "")
    }

    /// These are US; UL has been used to overflow the products made of them.
    private func unsigned16(
        _ tag: Tag, _ allowed: some Sequence<Int>
    ) throws(InstanceHeaderError) -> Int {
        guard let element = dataSet[tag] else { throw .missing(tag) }
        guard element.vr == .US, case .bytes(let bytes) = element.value, bytes.count == 2 else {
            throw .invalid(tag, "not one US value")
        }
        guard let value = dataSet.int(tag), allowed.contains(value) else {
            throw .invalid(tag, "\(dataSet.int(tag) ?? 0) is not allowed")
        }
        return value
    }

    /// YYYYMMDD, or YYYY.MM.DD as it was before DICOM 3.0.
    private func isDate(_ text: String) -> Bool {
        let digits = text.utf8.filter { $0 != UInt8(ascii: ".") }
        return digits.count == 8 && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
