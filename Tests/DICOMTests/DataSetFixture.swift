import Bytes
import DICOM
import TestSupport
import Testing

/// Testing has a `Tag` of its own.
typealias Tag = DICOM.Tag

/// Writes elements by hand, apart from the code under test, in any of the three native encodings.
struct ElementBytes {
    var isExplicit = true
    var isLittleEndian = true
    var bytes: [UInt8] = []

    static let undefined: UInt32 = 0xFFFF_FFFF

    mutating func u16(_ value: UInt16) {
        let low = UInt8(truncatingIfNeeded: value)
        let high = UInt8(value >> 8)
        bytes += isLittleEndian ? [low, high] : [high, low]
    }

    mutating func u32(_ value: UInt32) {
        let halves = [UInt16(truncatingIfNeeded: value), UInt16(value >> 16)]
        for half in isLittleEndian ? halves : halves.reversed() { u16(half) }
    }

    mutating func header(_ tag: Tag, _ vr: VR, _ length: UInt32) {
        u16(tag.group)
        u16(tag.element)
        if !isExplicit { return u32(length) }
        bytes += vr.code
        if vr.hasLongForm {
            u16(0)
            u32(length)
        } else {
            u16(UInt16(length))
        }
    }

    mutating func element(_ tag: Tag, _ vr: VR, _ value: [UInt8]) {
        header(tag, vr, UInt32(value.count))
        bytes += value
    }

    mutating func element(_ tag: Tag, _ vr: VR, _ text: String) { element(tag, vr, Array(text.utf8)) }

    mutating func item(_ tag: Tag, _ length: UInt32) {
        u16(tag.group)
        u16(tag.element)
        u32(length)
    }
}

enum Fixture {
    static let privateSequence = Tag(0x0029, 0x1010)

    /// An ultrasound object in small: a sequence of undefined length with items of both kinds, a defined-length one,
    /// a private sequence in UN, numbers of each size, an odd length and pixels.
    static func object(explicit: Bool, littleEndian: Bool = true, pixels: [UInt8] = [1, 2, 3, 4, 5, 6]) -> [UInt8] {
        var out = ElementBytes(isExplicit: explicit, isLittleEndian: littleEndian)
        out.element(Tag(0x0008, 0x0000), .UL, [4, 0, 0, 0])
        out.element(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.6.1\0")
        out.element(.sopInstanceUID, .UI, "1.2.3.4\0")
        out.element(.modality, .CS, "US")
        out.header(.referencedStudySequence, .SQ, ElementBytes.undefined)
        out.item(.item, ElementBytes.undefined)
        out.element(.referencedSOPInstanceUID, .UI, "1.2.3.5\0")
        out.item(.itemDelimitation, 0)
        out.item(.item, 16)
        out.element(.referencedSOPInstanceUID, .UI, "1.2.3.6\0")
        out.item(.sequenceDelimitation, 0)
        out.element(.patientName, .PN, "Muster^A")
        out.element(.patientID, .LO, "odd")
        out.element(.studyInstanceUID, .UI, "1.2.3\0")
        out.element(.seriesInstanceUID, .UI, "1.2.3.7\0")
        out.header(.requestAttributesSequence, .SQ, 24)
        out.item(.item, 16)
        out.element(.requestedProcedureID, .SH, "RP-00001")
        // From here on tags do not ascend; real objects have that too.
        out.header(privateSequence, .UN, ElementBytes.undefined)
        var inside = ElementBytes(isExplicit: false, isLittleEndian: true)
        inside.item(.item, ElementBytes.undefined)
        inside.element(Tag(0x0029, 0x0010), .LO, "ACME")
        inside.element(.rows, .US, [9, 1])
        inside.item(.itemDelimitation, 0)
        inside.item(.sequenceDelimitation, 0)
        out.bytes += inside.bytes
        image(&out)
        out.element(.pixelData, .OW, pixels)
        return out.bytes
    }

    private static func image(_ out: inout ElementBytes) {
        let words: [(Tag, UInt16)] = [
            (.samplesPerPixel, 1), (.rows, 1), (.columns, 3), (.bitsAllocated, 16), (.bitsStored, 12),
            (.pixelRepresentation, 1),
        ]
        for (tag, value) in words {
            out.header(tag, .US, 2)
            out.u16(value)
        }
        out.header(.smallestImagePixelValue, .SS, 2)
        out.u16(0xFFFE)
    }

    static func cutEvents(_ pieces: [[UInt8]], _ syntax: TransferSyntax) throws -> [DataSetTokenizer.Event] {
        var tokenizer = DataSetTokenizer(syntax)
        var events: [DataSetTokenizer.Event] = []
        func drain() throws {
            while true {
                let event = try tokenizer.next()
                if case .needMore = event { return }
                append(event, to: &events)
                if case .end = event { return }
            }
        }
        for piece in pieces {
            tokenizer.push(piece.rawSpan)
            try drain()
        }
        tokenizer.finish()
        try drain()
        return events
    }

    /// Pieces of one value are joined: where they were cut does not matter.
    private static func append(_ event: DataSetTokenizer.Event, to events: inout [DataSetTokenizer.Event]) {
        if case .value(let more, let isLast) = event, case .value(let bytes, isLast: false)? = events.last {
            events[events.count - 1] = .value(bytes + more, isLast: isLast)
        } else {
            events.append(event)
        }
    }
}

/// Bytes from hexadecimal text; what follows `#` on a line is a comment.
func golden(_ text: String) throws -> [UInt8] {
    let digits = text.split(separator: "\n").map { $0.prefix { $0 != "#" } }.joined().filter { !$0.isWhitespace }
    return try #require(Hex.decode(digits))
}
