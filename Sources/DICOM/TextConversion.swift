internal import Glibc

/// Legacy encodings by glibc's iconv.
enum TextConversion {
    /// UTF-8 text of `bytes` in the encoding `name`; each byte that means nothing becomes U+FFFD.
    static func utf8(from bytes: [UInt8], _ name: String) -> String {
        guard let handle = unsafe iconv_open("UTF-8", name), Int(bitPattern: handle) != -1 else {
            return String(String.UnicodeScalarView(bytes.map { $0 < 0x80 ? Unicode.Scalar($0) : "\u{FFFD}" }))
        }
        defer { unsafe iconv_close(handle) }
        var text: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let (read, written) = unsafe convert(handle, bytes[start...])
            text += written
            start += read
            if start < bytes.count {
                text += Array("\u{FFFD}".utf8)
                start += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Converts up to the first byte that means nothing: bytes read, and their text.
    private static func convert(_ handle: iconv_t, _ bytes: ArraySlice<UInt8>) -> (read: Int, written: [UInt8]) {
        var source = bytes.map { CChar(bitPattern: $0) }
        // No legacy character needs more than four bytes of UTF-8.
        var target = [CChar](repeating: 0, count: source.count * 4 + 16)
        var sourceLeft = source.count
        var targetLeft = target.count
        unsafe source.withUnsafeMutableBufferPointer { from in
            unsafe target.withUnsafeMutableBufferPointer { to in
                var input = from.baseAddress
                var output = to.baseAddress
                _ = unsafe iconv(handle, nil, nil, nil, nil)
                _ = unsafe iconv(handle, &input, &sourceLeft, &output, &targetLeft)
            }
        }
        let written = target[..<(target.count - targetLeft)].map { UInt8(bitPattern: $0) }
        return (bytes.count - sourceLeft, written)
    }
}
