internal import DICOM

/// Lossy Image Compression (0028,2110), its Ratio (0028,2112) and Method (0028,2114): one value of the latter two for
/// each step, in the order of the steps (PS3.3 C.7.6.1.1.5).
enum LossyHistory {
    /// Bytes of a ratio as it is written, blanks included: a header has the same length with a provisional ratio.
    static let ratioByteCount = 12

    /// Says that the pixels lost something once, which is never taken back.
    static func mark(_ dataSet: inout DataSet) {
        if dataSet.string(.lossyImageCompression) != "01" { dataSet.set(.lossyImageCompression, "01") }
    }

    /// Continues the history by a lossy step.
    static func append(_ change: PixelChange, to dataSet: inout DataSet) throws(CodecError) {
        guard let method = change.to.lossyMethod, let ratio = text(change.ratio) else {
            throw .mismatch("no lossy step has the ratio \(change.ratio)")
        }
        mark(&dataSet)
        let ratios = try values(.lossyImageCompressionRatio, dataSet)
        let methods = try values(.lossyImageCompressionMethod, dataSet)
        // A step that named one of the two only leaves the place of the other empty.
        let count = max(ratios.count, methods.count)
        set(.lossyImageCompressionRatio, ratios + gap(count - ratios.count) + [ratio], &dataSet)
        set(.lossyImageCompressionMethod, methods + gap(count - methods.count) + [method], &dataSet)
    }

    private static func values(_ tag: Tag, _ dataSet: DataSet) throws(CodecError) -> [String] {
        guard let element = dataSet[tag] else { return [] }
        guard case .bytes = element.value else { throw .unsupported("\(tag) cannot be read") }
        let values = dataSet.strings(tag)
        return values == [""] ? [] : values
    }

    private static func gap(_ count: Int) -> [String] { Array(repeating: "", count: count) }

    private static func set(_ tag: Tag, _ values: [String], _ dataSet: inout DataSet) {
        let text = Array(values.joined(separator: "\\").utf8)
        dataSet.set(DataSet.Element(tag, TagDictionary.vr(tag), .bytes(text)))
    }

    /// Such as `12.346      `; nil for what cannot be a ratio.
    static func text(_ ratio: Double) -> String? {
        guard ratio.isFinite, ratio > 0 else { return nil }
        // The least and the most that the room allows; neither is met in practice.
        let thousandths = Int((min(max(ratio, 0.001), 9_999_999) * 1000).rounded())
        let fraction = "\(1000 + thousandths % 1000)".dropFirst()
        let digits = "\(thousandths / 1000).\(fraction)"
        return digits + String(repeating: " ", count: ratioByteCount - digits.utf8.count)
    }
}
