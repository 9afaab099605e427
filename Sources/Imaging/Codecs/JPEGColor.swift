internal import Bytes

/// Whether three components are RGB or YCbCr. A wrong label is the most common error in the field, so the codestream is
/// asked first: Adobe's APP14, then JFIF, then the component ids, then whether chroma is shared, then the label.
enum JPEGColor {
    /// Values of the transform in Adobe's APP14.
    enum Transform: UInt8 {
        case none = 0
        case yCbCr = 1
    }

    static func transform(_ header: JPEGHeader, _ label: PhotometricInterpretation) -> Transform {
        if let named = header.adobeTransform.flatMap(Transform.init(rawValue:)) { return named }
        if header.hasJFIF { return .yCbCr }
        if header.components.map(\.id) == Array("RGB".utf8) { return .none }
        // Nobody shares the green and blue samples of neighbours.
        let isShared = header.components.contains {
            $0.horizontal != header.components[0].horizontal || $0.vertical != header.components[0].vertical
        }
        return label == .rgb && !isShared ? .none : .yCbCr
    }

    /// What must be written into the codestream, because libjpeg would decide otherwise; nil when it would not.
    static func neededTransform(_ header: JPEGHeader, _ label: PhotometricInterpretation) -> Transform? {
        let wanted = transform(header, label)
        return wanted == libraryTransform(header) ? nil : wanted
    }

    /// libjpeg asks JFIF first, then APP14, then the ids 1, 2, 3 and R, G, B; nil where it warns.
    private static func libraryTransform(_ header: JPEGHeader) -> Transform? {
        if header.hasJFIF { return .yCbCr }
        if let transform = header.adobeTransform { return Transform(rawValue: transform) }
        return header.components.map(\.id) == Array("RGB".utf8) ? Transform.none : .yCbCr
    }

    /// The codestream with an APP14 of our own in place of its JFIF and Adobe segments.
    static func rewrite(_ bytes: RawSpan, _ header: JPEGHeader, transform: Transform, into buffer: IOBuffer) {
        buffer.clear()
        buffer.append([0xFF, 0xD8, 0xFF, 0xEE, 0, 14])
        buffer.append("Adobe")
        buffer.append([0, 100, 0, 0, 0, 0, transform.rawValue])
        var start = 2
        for segment in header.colorSegments {
            buffer.append(bytes.extracting(start..<segment.lowerBound))
            start = segment.upperBound
        }
        buffer.append(bytes.extracting(start..<bytes.byteCount))
    }
}
