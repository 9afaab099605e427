package import BlobStore
internal import Bytes
package import DICOM
package import DICOMNetwork
package import Domain
internal import Reactor

/// A DICOM file that is open and ready to be sent.
package struct StoredObject: Sendable {
    package let sopClassUID: String
    package let sopInstanceUID: String
    package let transferSyntax: TransferSyntax
    private let content: Content

    private enum Content: Sendable {
        /// A Part 10 file whose data set begins at the offset; nil: nothing guards it.
        case file(ReadableFile, dataSetOffset: Int, GuardedBlob?)
        /// The data set.
        case memory([UInt8])
    }

    private struct GuardedBlob: Sendable {
        let volume: LocalVolume
        let code: [UInt8]
        let header: [UInt8]
    }

    /// Of the data set as stored.
    package var byteCount: Int {
        switch content {
        case .file(let file, let offset, _): file.byteCount - offset
        case .memory(let bytes): bytes.count
        }
    }

    /// A small object whose data set is in memory.
    init(of instance: Instance, in syntax: TransferSyntax, dataSet: [UInt8]) {
        sopClassUID = instance.sopClassUID
        sopInstanceUID = instance.sopInstanceUID
        transferSyntax = syntax
        content = .memory(dataSet)
    }

    private init(
        sopClassUID: String, sopInstanceUID: String, transferSyntax: TransferSyntax, content: Content
    ) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntax = transferSyntax
        self.content = content
    }

    /// Any Part 10 file. It reads from the disk: call it on a `BlockingPool`. The error does not name the path.
    package static func open(path: String) throws(DataSourceError) -> StoredObject {
        let file: ReadableFile
        do throws(SystemError) { file = try ReadableFile(path: path) } catch { throw DataSourceError(error.message) }
        file.readAhead()
        let header = try readHeader(of: file)
        guard let sopClass = header.mediaStorageSOPClassUID, let instance = header.mediaStorageSOPInstanceUID else {
            throw DataSourceError("the file meta information lacks the SOP class or instance UID")
        }
        return StoredObject(
            sopClassUID: sopClass.text, sopInstanceUID: instance.text, transferSyntax: header.transferSyntax,
            content: .file(file, dataSetOffset: header.dataSetOffset, nil))
    }

    /// The blob of an instance, which is checked while it is sent.
    package static func open(_ instance: Instance, in volume: LocalVolume) async throws(DataSourceError) -> StoredObject
    {
        guard let key = BlobKey(instance.blobKey) else {
            throw DataSourceError("the blob has no usable key")
        }
        guard instance.digestAlgorithm == "aes128gmac" else {
            throw DataSourceError("the blob is guarded by an unknown code (\(instance.digestAlgorithm))")
        }
        let file: ReadableFile
        do throws(BlobError) {
            file = try await volume.open(key, byteCount: instance.byteCount)
        } catch {
            throw DataSourceError(error.description)
        }
        let header = try readHeader(of: file)
        guard header.transferSyntax.uid.text == instance.transferSyntaxUID else {
            throw DataSourceError("the blob is not in the syntax that is recorded for it")
        }
        let blob = GuardedBlob(
            volume: volume, code: instance.digest, header: try bytes(of: file, count: header.dataSetOffset))
        return StoredObject(
            sopClassUID: instance.sopClassUID, sopInstanceUID: instance.sopInstanceUID,
            transferSyntax: header.transferSyntax,
            content: .file(file, dataSetOffset: header.dataSetOffset, blob))
    }

    /// The data set from its beginning, as stored (nil) or in another native encoding.
    package func source(convertedTo target: TransferSyntax?) throws(DataSourceError) -> any DataSource {
        let stored: any DataSource =
            switch content {
            case .file(let file, _, let blob?):
                BlobSource(file, after: blob.header, check: blob.volume.makeGuard(), code: blob.code)
            case .file(let file, let offset, nil): FileSource(file, range: offset..<file.byteCount)
            case .memory(let bytes): BytesSource(bytes)
            }
        guard let target else { return stored }
        guard let converting = ConvertingSource(stored, from: transferSyntax, to: target, byteCount: byteCount) else {
            throw DataSourceError("\(transferSyntax.name) cannot be converted to \(target.name)")
        }
        return converting
    }

    /// Headers of ours have some 350 bytes.
    private static let firstLook = 1024

    private static func readHeader(of file: ReadableFile) throws(DataSourceError) -> Part10Header {
        var wanted = firstLook
        while true {
            let bytes = try bytes(of: file, count: wanted)
            do throws(WireError) {
                let result = try Part10Header.parse(bytes.rawSpan, isWhole: bytes.count == file.byteCount)
                switch result {
                case .header(let header): return header
                case .needMore(let atLeast): wanted = max(atLeast, wanted * 2)
                }
            } catch {
                throw DataSourceError(error.description)
            }
        }
    }

    private static func bytes(of file: ReadableFile, count: Int) throws(DataSourceError) -> [UInt8] {
        do throws(SystemError) { return try file.bytes(at: 0, count: count) } catch {
            throw DataSourceError(error.description)
        }
    }
}
