internal import Bytes
internal import DICOM
package import Reactor

extension InstanceFacts {
    /// Reads the facts of a stored Part 10 file: its elements up to Pixel Data, and a few bytes behind native pixels.
    ///
    /// A digital signature shows itself by MAC Parameters Sequence (4FFE,0001), which stands before the pixels and
    /// without which a signature cannot be checked (PS3.3 C.12.1.1.3). Signatures without it are found behind native
    /// pixels only: fragments are not walked through. `isReferenced` is not known from here.
    package static func read(from file: ReadableFile) throws(FactsError) -> InstanceFacts {
        do throws(FactsError) {
            return try read(from: file, FactsTags.all)
        } catch {
            guard case .unreadable(let why) = error, case .overlong = why.kind else { throw error }
            // Too many functional groups to look through: the cautious answer is that they map values.
            var facts = try read(from: file, FactsTags.withoutFunctionalGroups)
            facts.hasRealWorldValueMapping = true
            return facts
        }
    }

    private static func read(
        from file: ReadableFile, _ selection: Set<Tag>
    ) throws(FactsError) -> InstanceFacts {
        let elements = try ElementsBeforePixels(file, selection, FactsTags.limits)
        let (header, dataSet) = (elements.header, elements.dataSet)
        guard let sopClass = dataSet.uid(.sopClassUID) ?? header.mediaStorageSOPClassUID else {
            throw .missing(.sopClassUID)
        }
        guard let sopInstance = dataSet.uid(.sopInstanceUID) ?? header.mediaStorageSOPInstanceUID else {
            throw .missing(.sopInstanceUID)
        }
        let syntax = header.transferSyntax
        var facts = InstanceFacts(
            sopClassUID: sopClass, sopInstanceUID: sopInstance, transferSyntax: syntax,
            byteCount: file.byteCount - header.dataSetOffset,
            pixels: pixels(dataSet, at: elements.stoppedAt, in: syntax))
        facts.isLossyAlready = isLossy(dataSet, syntax)
        facts.hasPixelPaddingValue = dataSet[.pixelPaddingValue] != nil
        facts.hasEmbeddedOverlay = FactsTags.overlayGroups.contains { isEmbeddedOverlay($0, in: dataSet) }
        facts.hasRealWorldValueMapping = mapsRealWorldValues(dataSet)
        facts.hasQuantitativeRegion = hasQuantitativeRegion(dataSet)
        facts.isConcatenationPart = dataSet.string(.concatenationUID) != nil
        let isFollowed = try isSigned(file, header, behind: elements.stoppedAt)
        facts.isSigned = isFollowed || dataSet[.macParametersSequence] != nil
        facts.hasPixelAspectRatio = dataSet.string(.pixelAspectRatio) != nil
        facts.readTiming(dataSet)
        return facts
    }

    // MARK: Pixels

    private static func pixels(_ dataSet: DataSet, at element: ElementHeader?, in syntax: TransferSyntax) -> Pixels {
        guard let element, element.tag <= .pixelData else { return .none }
        guard element.tag == .pixelData else { return .float }
        do throws(CodecError) {
            let description = try PixelDescription(dataSet)
            if let why = contradiction(description, element, syntax) { return .unreadable(why) }
            return .image(description)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// Where the length of Pixel Data and its description disagree, one of them is wrong, and decoding would guess.
    private static func contradiction(
        _ description: PixelDescription, _ element: ElementHeader, _ syntax: TransferSyntax
    ) -> String? {
        guard let byteCount = element.byteCount else {
            return syntax.isNative ? "Pixel Data has fragments in \(syntax.name)" : nil
        }
        guard syntax.isNative else { return "Pixel Data has no fragments in \(syntax.name)" }
        // Frames of one bit are not aligned to bytes, so that their sum is no multiple; they are passed on anyway.
        guard description.bitsAllocated > 1 else { return nil }
        let expected = description.nativeByteCount
        return byteCount == expected || byteCount == expected + expected & 1
            ? nil : "Pixel Data has \(byteCount) bytes where \(expected) are described"
    }

    /// "00" is believed only where a codestream without loss may stand.
    static func isLossy(_ dataSet: DataSet, _ syntax: TransferSyntax) -> Bool {
        let said = dataSet.string(.lossyImageCompression)
        guard syntax.isLossy, said != "01" else { return said == "01" }
        return !(FactsTags.losslessInLossySyntax.contains(syntax) && said == "00")
    }

    // MARK: What pixels stand for

    /// The overlay has no data of its own, so its bits lie in Pixel Data (retired in 2004, PS3.5 8.1.2).
    private static func isEmbeddedOverlay(_ group: UInt16, in dataSet: DataSet) -> Bool {
        guard dataSet[Tag(group, 0x0010)] != nil, dataSet[Tag(group, 0x3000)] == nil else { return false }
        guard let position = dataSet.int(Tag(group, 0x0102)) else { return dataSet.int(Tag(group, 0x0100)) ?? 1 > 1 }
        return position < dataSet.int(.bitsAllocated) ?? 16
    }

    private static func mapsRealWorldValues(_ dataSet: DataSet) -> Bool {
        if dataSet[.realWorldValueMappingSequence] != nil { return true }
        return [Tag.sharedFunctionalGroupsSequence, .perFrameFunctionalGroupsSequence].contains { groups in
            dataSet.sequence(groups).contains { $0[.realWorldValueMappingSequence] != nil }
        }
    }

    private static func hasQuantitativeRegion(_ dataSet: DataSet) -> Bool {
        guard let regions = dataSet[.sequenceOfUltrasoundRegions] else { return false }
        // Regions that came as UN cannot be looked into.
        guard case .sequence(let items) = regions.value else { return true }
        return items.contains(where: isQuantitative)
    }

    /// Whether samples of the region stand for a quantity (PS3.3 C.8.5.5.1.4): bits, ranges or table entries (0, 1, 2)
    /// that have units from cm on, or codes (3). Units none, percent and dB (0, 1, 2) are those of brightness: many
    /// scanners write them for ordinary gray regions.
    private static func isQuantitative(_ region: DataSet) -> Bool {
        guard let organization = region.int(.pixelComponentOrganization) else { return false }
        guard (0...2).contains(organization), let units = region.int(.pixelComponentPhysicalUnits) else { return true }
        return units > 2
    }

    // MARK: Time

    private mutating func readTiming(_ dataSet: DataSet) {
        if let time = dataSet.string(.frameTime).flatMap({ Double($0) }) { setFrameTime(time) }
        guard dataSet[.frameTimeVector] != nil else { return }
        // The first value belongs to no interval.
        let intervals = dataSet.strings(.frameTimeVector).dropFirst().map { Double($0) ?? .nan }
        guard let least = intervals.min(), let most = intervals.max(), most - least <= 1,
            intervals.allSatisfy(\.isFinite)
        else {
            // One frame has no interval; a vector too long to be kept counts as uneven.
            hasUnevenFrameTimes = isCine
            return
        }
        if framesPerSecond == nil { setFrameTime(intervals.reduce(0, +) / Double(intervals.count)) }
    }

    private mutating func setFrameTime(_ milliseconds: Double) {
        if (0.01...1e7).contains(milliseconds) { framesPerSecond = 1000 / milliseconds }
    }

    // MARK: Signatures

    /// How many elements behind the pixels are looked at; there is rarely more than padding.
    private static let trailingElementsMax = 8

    private static func isSigned(
        _ file: ReadableFile, _ header: Part10Header, behind element: ElementHeader?
    ) throws(FactsError) -> Bool {
        guard let element else { return false }
        if element.tag == .digitalSignaturesSequence { return true }
        let syntax = header.transferSyntax
        guard !syntax.isDeflated, var offset = element.byteCount.map({ $0 + element.valueOffset }) else { return false }
        offset += header.dataSetOffset
        for _ in 0..<trailingElementsMax {
            guard let next = try TrailingElement(file, at: offset, syntax) else { return false }
            if next.tag >= .digitalSignaturesSequence { return next.tag == .digitalSignaturesSequence }
            guard let end = next.end else { return false }
            offset = end
        }
        return false
    }
}

/// The head of an element somewhere in a file.
private struct TrailingElement {
    let tag: Tag
    /// Offset behind its value; nil for undefined length.
    let end: Int?

    /// Nil where no element begins.
    init?(_ file: ReadableFile, at offset: Int, _ syntax: TransferSyntax) throws(FactsError) {
        guard offset < file.byteCount - 8 else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try file.bytes(at: offset, count: 12) } catch { throw .file(error) }
        guard bytes.count >= 8 else { return nil }
        func number(_ at: Int, _ count: Int) -> Int {
            let digits = bytes[at..<(at + count)]
            return syntax.isLittleEndian
                ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
        tag = Tag(UInt16(number(0, 2)), UInt16(number(2, 2)))
        var (headerByteCount, length) = (8, 0)
        if !syntax.isExplicit {
            length = number(4, 4)
        } else {
            guard let vr = VR(bytes[4], bytes[5]), bytes.count == 12 || !vr.hasLongForm else { return nil }
            headerByteCount = vr.hasLongForm ? 12 : 8
            length = vr.hasLongForm ? number(8, 4) : number(6, 2)
        }
        end = length == 0xFFFF_FFFF ? nil : offset + headerByteCount + length
    }
}

/// What is read of a data set.
private enum FactsTags {
    /// Overlay planes 1 to 16.
    static let overlayGroups = stride(from: UInt16(0x6000), through: 0x601E, by: 2)

    static let all = withoutFunctionalGroups.union([
        .sharedFunctionalGroupsSequence, .perFrameFunctionalGroupsSequence,
    ])

    static let withoutFunctionalGroups = Set<Tag>([
        .sopClassUID, .sopInstanceUID, .frameTime, .frameTimeVector, .sequenceOfUltrasoundRegions, .concatenationUID,
        .samplesPerPixel, .photometricInterpretation, .planarConfiguration, .numberOfFrames, .rows, .columns,
        .pixelAspectRatio, .bitsAllocated, .bitsStored, .highBit, .pixelRepresentation, .pixelPaddingValue,
        .lossyImageCompression, .realWorldValueMappingSequence, .macParametersSequence,
    ]).union(overlayGroups.flatMap { group in [0x0010, 0x0100, 0x0102, 0x3000].map { Tag(group, $0) } })

    /// Syntaxes that count as lossy and may yet hold a codestream without loss.
    static let losslessInLossySyntax = Set(
        ["4.81", "4.91", "4.93", "4.112", "4.203"].compactMap {
            UID("1.2.840.10008.1.2." + $0).map { TransferSyntax($0) }
        })

    static let limits: DataSetLimits = {
        var limits = DataSetLimits()
        limits.elementCountMax = 200_000
        limits.valueByteCountMax = 64 << 10
        limits.totalByteCountMax = 32 << 20
        return limits
    }()
}
