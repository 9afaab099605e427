internal import Bytes
internal import DICOM
internal import Reactor

/// A Part 10 file to be sent: what its file meta information says.
struct SendFile: Sendable {
    let path: String
    let byteCount: Int
    let dataSetOffset: Int
    /// Index of its class and encoding in `SendFiles.kinds`.
    let kind: Int
    let sopInstanceUID: String
}

/// Finds files and reads their beginnings. Thousands of small files are usual: each costs one open and one read.
struct SendFiles {
    /// A SOP class in one transfer syntax.
    struct Kind: Hashable, Sendable {
        let sopClassUID: String
        let transferSyntaxUID: String
    }

    private(set) var files: [SendFile] = []
    /// Each kind of object once, in the order of the files.
    private(set) var kinds: [Kind] = []
    private(set) var failures: [(path: String, reason: String)] = []

    private let start = IOBuffer(capacity: Self.startByteCount)
    /// Bytes that hold nearly every file meta information.
    private static let startByteCount = 1024

    /// Files as named; directories with all that is below them, in the order of their names.
    init(_ paths: [String]) {
        files.reserveCapacity(paths.count)
        for path in paths { add(path) }
    }

    private mutating func add(_ path: String) {
        do throws(SystemError) {
            let file = try ReadableFile(path: path)
            if file.isDirectory {
                for name in try FileSystem.list(path) { add("\(path)/\(name)") }
            } else {
                try read(file, path)
            }
        } catch {
            failures.append((path, "cannot be read: \(error.message)"))
        }
    }

    private mutating func read(_ file: ReadableFile, _ path: String) throws(SystemError) {
        start.clear()
        var wanted = Self.startByteCount
        while true {
            start.reserve(wanted - start.readableCount)
            let count = try file.read(into: start, maximum: wanted - start.readableCount, at: start.readableCount)
            do throws(WireError) {
                let isWhole = count == 0 || start.readableCount >= file.byteCount
                switch try Part10Header.parse(start.readable, isWhole: isWhole) {
                case .needMore(let atLeast): wanted = max(wanted * 2, atLeast)
                case .header(let header): return take(path, file.byteCount, header)
                }
            } catch {
                return failures.append((path, "not a DICOM file: \(error)"))
            }
        }
    }

    private mutating func take(_ path: String, _ byteCount: Int, _ header: Part10Header) {
        guard let sopClass = header.mediaStorageSOPClassUID, let sopInstance = header.mediaStorageSOPInstanceUID else {
            return failures.append((path, "does not name its SOP class and instance in the file meta information"))
        }
        let kind = Kind(sopClassUID: sopClass.text, transferSyntaxUID: header.transferSyntax.uid.text)
        // Most files are of the same kind as the one before.
        var index = files.last?.kind ?? 0
        if index >= kinds.count || kinds[index] != kind { index = kinds.firstIndex(of: kind) ?? kinds.count }
        if index == kinds.count { kinds.append(kind) }
        files.append(
            SendFile(
                path: path, byteCount: byteCount, dataSetOffset: header.dataSetOffset, kind: index,
                sopInstanceUID: sopInstance.text))
    }
}
