import Bytes

/// The files of a zip without compression, read from its local headers (PKWARE APPNOTE 4.3.7).
struct ZipReader {
    private(set) var files: [(name: String, text: String)] = []

    init(_ bytes: [UInt8]) {
        var i = 0
        while i + 30 <= bytes.count, Array(bytes[i..<(i + 4)]) == [0x50, 0x4B, 3, 4] {
            let span = bytes.rawSpan
            let (size, nameCount) = (Int(span.u32LE(at: i + 22)), Int(span.u16LE(at: i + 26)))
            let start = i + 30 + nameCount + Int(span.u16LE(at: i + 28))
            guard start + size <= bytes.count else { return }
            let name = String(decoding: bytes[(i + 30)..<(i + 30 + nameCount)], as: UTF8.self)
            files.append((name, String(decoding: bytes[start..<(start + size)], as: UTF8.self)))
            i = start + size
        }
    }

    var names: [String] { files.map(\.name) }

    subscript(name: String) -> String? { files.first { $0.name == name }?.text }
}
