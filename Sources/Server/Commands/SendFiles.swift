internal import Bytes
internal import DICOM
internal import Reactor

/// A Part 10 file to be sent: what its file meta information says.
struct SendFile: Sendable {
    let path: String
    let byteCount: Int
    let dataSetOffset: Int
    /// Index of its class and encoding in `SendFiles.kinds`.
    fileprivate(set) var kind: Int
    let sopInstanceUID: String
}

/// Finds files and reads their beginnings. Thousands of small files are usual: each costs one open and one read.
struct SendFiles: Sendable {
    /// A SOP class in one transfer syntax.
    struct Kind: Hashable, Sendable {
        let sopClassUID: String
        let transferSyntaxUID: String
    }

    struct Failure: Sendable {
        let path: String
        let reason: String
    }

    private(set) var files: [SendFile] = []
    /// Each kind of object once, in the order of the files.
    private(set) var kinds: [Kind] = []
    private(set) var failures: [Failure] = []

    /// Bytes that hold nearly every file meta information.
    private static let startByteCount = 1024
    /// Fewer are not worth a second thread.
    private static let sharedFrom = 512

    /// Files as named; directories with all that is below them, in the order of their names.
    init(_ paths: some Collection<String>) {
        let start = IOBuffer(capacity: Self.startByteCount)
        files.reserveCapacity(paths.count)
        for path in paths { add(path, start) }
    }

    /// As `init`, with two threads when there are many.
    static func reading(_ paths: [String]) async -> SendFiles {
        guard paths.count >= sharedFrom, ProcessInfo.coreCount > 1 else { return SendFiles(paths) }
        let (first, second) = (paths[..<(paths.count / 2)], paths[(paths.count / 2)...])
        let pool = BlockingPool(threads: 1, name: "files")
        async let rest = pool.run { SendFiles(second) }
        // Lets it begin before this thread is busy.
        await Task.yield()
        var all = SendFiles(first)
        all.append(await rest)
        return all
    }

    private mutating func append(_ more: SendFiles) {
        let indices = more.kinds.map { index(of: $0) }
        files += more.files.map { file in
            var file = file
            file.kind = indices[file.kind]
            return file
        }
        failures += more.failures
    }

    private mutating func add(_ path: String, _ start: IOBuffer) {
        do throws(SystemError) {
            let file = try ReadableFile(path: path)
            if file.isDirectory {
                for name in try FileSystem.list(path) { add("\(path)/\(name)", start) }
            } else {
                try read(file, path, start)
            }
        } catch {
            failures.append(Failure(path: path, reason: "cannot be read: \(error.message)"))
        }
    }

    private mutating func read(_ file: ReadableFile, _ path: String, _ start: IOBuffer) throws(SystemError) {
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
                return failures.append(Failure(path: path, reason: "not a DICOM file: \(error)"))
            }
        }
    }

    private mutating func take(_ path: String, _ byteCount: Int, _ header: Part10Header) {
        guard let sopClass = header.mediaStorageSOPClassUID, let sopInstance = header.mediaStorageSOPInstanceUID else {
            let reason = "does not name its SOP class and instance in the file meta information"
            return failures.append(Failure(path: path, reason: reason))
        }
        let kind = Kind(sopClassUID: sopClass.text, transferSyntaxUID: header.transferSyntax.uid.text)
        files.append(
            SendFile(
                path: path, byteCount: byteCount, dataSetOffset: header.dataSetOffset, kind: index(of: kind),
                sopInstanceUID: sopInstance.text))
    }

    private mutating func index(of kind: Kind) -> Int {
        // Most files are of the same kind as the one before.
        if let last = files.last?.kind, kinds[last] == kind { return last }
        if let known = kinds.firstIndex(of: kind) { return known }
        kinds.append(kind)
        return kinds.count - 1
    }
}
