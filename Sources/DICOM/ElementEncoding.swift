/// How the elements of one level are written; a level can differ from its surroundings (PS3.5 6.2.2 note, CP-246).
struct ElementEncoding: Equatable, Sendable {
    var isExplicit: Bool
    var isLittleEndian: Bool

    static let implicitLittleEndian = ElementEncoding(isExplicit: false, isLittleEndian: true)
    static let explicitLittleEndian = ElementEncoding(isExplicit: true, isLittleEndian: true)

    /// 0xFFFFFFFF in the length field.
    static let undefinedLength: UInt32 = 0xFFFF_FFFF
}

extension TransferSyntax {
    var elementEncoding: ElementEncoding {
        ElementEncoding(isExplicit: isExplicit, isLittleEndian: isLittleEndian)
    }
}

/// Bytes that have arrived and are not parsed yet.
struct InputWindow: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Bytes taken since the beginning.
    private(set) var offset = 0

    var count: Int { bytes.count - start }

    mutating func append(_ more: RawSpan) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 4096, start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func skip(_ count: Int) {
        start += count
        offset += count
    }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { skip(count) }
        return Array(bytes[start..<(start + count)])
    }

    func u8(_ at: Int) -> UInt8 { bytes[start + at] }

    func u16(_ at: Int, littleEndian: Bool) -> UInt16 {
        let first = UInt16(u8(at))
        let second = UInt16(u8(at + 1))
        return littleEndian ? second << 8 | first : first << 8 | second
    }

    func u32(_ at: Int, littleEndian: Bool) -> UInt32 {
        let first = UInt32(u16(at, littleEndian: littleEndian))
        let second = UInt32(u16(at + 2, littleEndian: littleEndian))
        return littleEndian ? second << 16 | first : first << 16 | second
    }

    func tag(littleEndian: Bool) -> Tag {
        Tag(u16(0, littleEndian: littleEndian), u16(2, littleEndian: littleEndian))
    }
}
