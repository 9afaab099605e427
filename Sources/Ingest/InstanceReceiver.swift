package import BlobStore
internal import Bytes
package import DICOM

/// One object on its way in: its header is read while its bytes go to the disk.
///
/// The file on disk is a Part 10 file of ours: zero preamble, file meta information made from transfer syntax and UIDs
/// alone, then the data set as it came. So the same data set in the same syntax gives the same file, whether it came by
/// C-STORE or by STOW-RS, and a repeated upload is recognized by the guard code of the file. It belongs to one task.
package final class InstanceReceiver {
    /// An object whose bytes are durable.
    package struct Received: Sendable {
        package let header: InstanceHeader
        package let blob: BlobWriter.Stored
    }

    /// What is known of the object before its data set.
    package struct Announcement: Sendable {
        package let syntax: TransferSyntax
        package let sopClassUID: UID
        package let sopInstanceUID: UID

        package init(syntax: TransferSyntax, sopClassUID: UID, sopInstanceUID: UID) {
            self.syntax = syntax
            self.sopClassUID = sopClassUID
            self.sopInstanceUID = sopInstanceUID
        }
    }

    /// Who will own the blob and when it came.
    package struct Destination: Sendable {
        package let organization: String
        /// `yyyy/mm/dd`
        package let day: String
        /// The id that the instance's row will have.
        package let instance: String

        package init(organization: String, day: String, instance: String) {
            self.organization = organization
            self.day = day
            self.instance = instance
        }
    }

    private let writer: BlobWriter
    /// The beginning of a file until its file meta information is complete; nil afterwards.
    private var fileStart: [UInt8]?
    private var reader: InstanceHeaderReader?
    private var headerIsComplete = false
    private static let headerPieceByteCount = 4096

    /// A bare data set, as C-STORE carries it.
    package init(dataSet announcement: Announcement, to volume: LocalVolume, limit: Int) throws(InstanceRefusal) {
        writer = volume.write(limit: limit)
        try begin(announcement)
    }

    /// A Part 10 file, as STOW-RS carries it.
    package init(fileTo volume: LocalVolume, limit: Int) {
        writer = volume.write(limit: limit)
        fileStart = []
    }

    /// The UIDs of the object as far as they were read, for the answer about one that is refused.
    package private(set) var announcement: Announcement?

    private func begin(_ announcement: Announcement) throws(InstanceRefusal) {
        self.announcement = announcement
        let header = Part10.header(
            sopClass: announcement.sopClassUID, sopInstance: announcement.sopInstanceUID, syntax: announcement.syntax)
        _ = try write(header.rawSpan)
        reader = InstanceHeaderReader(
            announcement.syntax,
            announced: .init(sopClassUID: announcement.sopClassUID, sopInstanceUID: announcement.sopInstanceUID))
    }

    /// Takes the next bytes; when it returns true, `flush` must be called before more.
    package func append(_ bytes: RawSpan) throws(InstanceRefusal) -> Bool {
        guard fileStart == nil else { return try appendToFileStart(bytes) }
        return try appendToDataSet(bytes)
    }

    private func appendToDataSet(_ bytes: RawSpan) throws(InstanceRefusal) -> Bool {
        do throws(InstanceHeaderError) {
            // In small pieces: the reader copies what it is given, and the pixels are none of its business.
            var start = 0
            while !headerIsComplete, start < bytes.byteCount {
                let end = min(start + Self.headerPieceByteCount, bytes.byteCount)
                headerIsComplete = try reader?.push(bytes.extracting(start..<end)) ?? true
                start = end
            }
        } catch {
            throw .unreadable(error)
        }
        return try write(bytes)
    }

    private func write(_ bytes: RawSpan) throws(InstanceRefusal) -> Bool {
        do throws(BlobError) { return try writer.append(bytes) } catch { throw InstanceRefusal(error) }
    }

    private func appendToFileStart(_ bytes: RawSpan) throws(InstanceRefusal) -> Bool {
        fileStart?.append(contentsOf: bytes.array())
        guard let header = try parseFileStart(isWhole: false), let start = fileStart else { return false }
        fileStart = nil
        try begin(try Self.announcement(of: header))
        return try appendToDataSet(start.rawSpan.extracting(header.dataSetOffset..<start.count))
    }

    private func parseFileStart(isWhole: Bool) throws(InstanceRefusal) -> Part10Header? {
        let start = fileStart ?? []
        do throws(WireError) {
            let result = try Part10Header.parse(start.rawSpan, isWhole: isWhole)
            guard case .header(let header) = result else { return nil }
            return header
        } catch {
            throw .unreadable(.unreadable(error))
        }
    }

    private static func announcement(of header: Part10Header) throws(InstanceRefusal) -> Announcement {
        guard let sopClass = header.mediaStorageSOPClassUID else {
            throw .unreadable(.missing(.mediaStorageSOPClassUID))
        }
        guard let sopInstance = header.mediaStorageSOPInstanceUID else {
            throw .unreadable(.missing(.mediaStorageSOPInstanceUID))
        }
        return Announcement(syntax: header.transferSyntax, sopClassUID: sopClass, sopInstanceUID: sopInstance)
    }

    /// Lets the disk catch up.
    package func flush() async throws(InstanceRefusal) {
        do throws(BlobError) { try await writer.flush() } catch { throw InstanceRefusal(error) }
    }

    /// Checks the header and makes the bytes durable. On an error nothing is left behind.
    package func finish(_ destination: Destination) async throws(InstanceRefusal) -> Received {
        do throws(InstanceRefusal) {
            let header = try finishHeader()
            do throws(BlobError) {
                let blob = try await writer.finish(
                    owner: destination.organization, day: destination.day, instance: destination.instance)
                return Received(header: header, blob: blob)
            } catch {
                throw InstanceRefusal(error)
            }
        } catch {
            await discard()
            throw error
        }
    }

    private func finishHeader() throws(InstanceRefusal) -> InstanceHeader {
        if fileStart != nil {
            _ = try parseFileStart(isWhole: true)
            throw .unreadable(.missing(.transferSyntaxUID))
        }
        guard let reader = reader.take() else { throw .unreadable(.missing(.transferSyntaxUID)) }
        do throws(InstanceHeaderError) { return try reader.finish() } catch { throw .unreadable(error) }
    }

    /// Throws the bytes away.
    package func discard() async { await writer.discard() }

    /// As `discard`, without waiting for the disk.
    package func abandon() { writer.abandon() }
}
