internal import Bytes
internal import DICOM
internal import Reactor

/// A Part 10 file to be sent: what its file meta information says.
struct SendFile: Sendable {
    let path: String
    let byteCount: Int
    let dataSetOffset: Int
    let sopClassUID: String
    let sopInstanceUID: String
    let transferSyntaxUID: String
}

/// Finds files and reads their beginnings.
enum SendFiles {
    /// Bytes that hold nearly every file meta information.
    private static let startByteCount = 1024

    /// Files as named; directories with all that is below them, in the order of their names.
    static func expand(_ paths: [String]) throws(StartupError) -> [String] {
        try StartupError.explaining(\.description) { () throws(SystemError) in try list(paths) }
    }

    private static func list(_ paths: [String]) throws(SystemError) -> [String] {
        var files: [String] = []
        for path in paths {
            if FileSystem.isDirectory(path) {
                files += try list(try FileSystem.list(path).map { "\(path)/\($0)" })
            } else {
                files.append(path)
            }
        }
        return files
    }

    /// What to send of a file, or why it cannot be sent.
    static func read(_ path: String) -> Result<SendFile, StartupError> {
        do throws(SystemError) {
            let file = try ReadableFile(path: path)
            var wanted = startByteCount
            while true {
                let bytes = try file.bytes(at: 0, count: wanted)
                do throws(WireError) {
                    switch try Part10Header.parse(bytes.rawSpan, isWhole: bytes.count == file.byteCount) {
                    case .needMore(let atLeast): wanted = max(wanted * 2, atLeast)
                    case .header(let header): return make(path, file.byteCount, header)
                    }
                } catch {
                    return .failure(StartupError("\(path) is not a DICOM file: \(error)"))
                }
            }
        } catch {
            return .failure(StartupError("\(path) cannot be read: \(error.message)"))
        }
    }

    private static func make(_ path: String, _ byteCount: Int, _ header: Part10Header) -> Result<SendFile, StartupError>
    {
        guard let sopClass = header.mediaStorageSOPClassUID, let sopInstance = header.mediaStorageSOPInstanceUID else {
            return .failure(
                StartupError("\(path) does not name its SOP class and instance in the file meta information"))
        }
        return .success(
            SendFile(
                path: path, byteCount: byteCount, dataSetOffset: header.dataSetOffset, sopClassUID: sopClass.text,
                sopInstanceUID: sopInstance.text, transferSyntaxUID: header.transferSyntax.uid.text))
    }
}
