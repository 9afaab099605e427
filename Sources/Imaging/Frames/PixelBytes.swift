internal import Bytes
internal import Reactor

/// Where the bytes of a data set are: in the file, or in memory when they had to be inflated.
enum PixelBytes: Sendable {
    case file(ReadableFile)
    case memory([UInt8])

    var byteCount: Int {
        switch self {
        case .file(let file): file.byteCount
        case .memory(let bytes): bytes.count
        }
    }

    /// Appends exactly `count` bytes from `offset`.
    func read(_ count: Int, at offset: Int, into buffer: IOBuffer) throws(TranscodeError) {
        guard offset >= 0, count >= 0, count <= byteCount - offset else {
            throw .codec(.malformed("the pixels end \(count - max(0, byteCount - offset)) bytes too early"))
        }
        buffer.reserve(count)
        switch self {
        case .memory(let bytes): buffer.append(bytes.rawSpan.extracting(offset..<(offset + count)))
        case .file(let file):
            var done = 0
            while done < count {
                let read: Int
                do throws(SystemError) {
                    read = try file.read(into: buffer, maximum: count - done, at: offset + done)
                } catch {
                    throw .file(error.description)
                }
                guard read > 0 else { throw .file("the file became shorter while it was read") }
                done += read
            }
        }
    }
}
