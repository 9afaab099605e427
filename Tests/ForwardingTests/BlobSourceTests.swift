import BlobStore
import Bytes
import DICOM
import DICOMNetwork
import Domain
import Foundation
import Reactor
import TestSupport
import Testing

@testable import Forwarding

@Suite struct BlobSourceTests {
    /// A stored blob with a data set of `byteCount` private bytes.
    private func withBlob(
        _ byteCount: Int, _ body: (LocalVolume, Instance, [UInt8]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let volume = try LocalVolume(
                root: root, key: Array(repeating: 7, count: 16), boot: "t", pool: BlockingPool(threads: 1, name: "t"))
            let dataSet = try WorkerFixture.dataSet("1.2.3.4", study: "1.2.3", byteCount: byteCount)
            let header = Part10.header(
                sopClass: try #require(UID(ultrasound)), sopInstance: try #require(UID("1.2.3.4")),
                syntax: .explicitVRLittleEndian)
            let writer = volume.write(limit: 1 << 24)
            if try writer.append((header + dataSet).rawSpan) { try await writer.flush() }
            let stored = try await writer.finish(owner: "o", day: "2026/11/23", instance: "i")
            let identity = InstanceIdentity(
                studyInstanceUID: "1.2.3", seriesInstanceUID: "1.2.3.1", sopInstanceUID: "1.2.3.4",
                sopClassUID: ultrasound)
            let blob = InstanceBlob(
                key: stored.key.text, byteCount: stored.byteCount, digest: stored.guardCode,
                digestAlgorithm: "aes128gmac", transferSyntaxUID: WellKnownUID.explicitVRLittleEndian)
            try await body(volume, Instance(id: WorkerFixture.newId(), identity: identity, blob: blob), dataSet)
        }
    }

    /// Reads to the end in pieces of at most `piece`.
    private func drain(_ source: any DataSource, piece: Int) async throws -> [UInt8] {
        let buffer = IOBuffer(capacity: piece)
        while true {
            buffer.reserve(piece)
            let progress = try await source.read(into: buffer, maximum: piece)
            if progress == .end { return buffer.readable.array() }
        }
    }

    @Test(arguments: [1, 7, 4096, 131_072]) func dataSetComesOutWhole(_ piece: Int) async throws {
        try await withBlob(10_000) { volume, instance, dataSet in
            let object = try await StoredObject.open(instance, in: volume)
            #expect(object.byteCount == dataSet.count)
            #expect(try await drain(try object.source(convertedTo: nil), piece: piece) == dataSet)
            let implicit = try WorkerFixture.dataSet(
                "1.2.3.4", study: "1.2.3", byteCount: 10_000, .implicitVRLittleEndian)
            let converted = try object.source(convertedTo: .implicitVRLittleEndian)
            #expect(try await drain(converted, piece: piece) == implicit)
        }
    }

    /// One bit of any byte: of the header, of the data set, of its end.
    @Test(arguments: [3, 200, 2_000, 10_100]) func anAlteredBlobNeverEnds(_ position: Int) async throws {
        try await withBlob(10_000) { volume, instance, _ in
            let path = URL(fileURLWithPath: "\(volume.root)/\(instance.blobKey)")
            var bytes = try Data(contentsOf: path)
            bytes[position] ^= 0x10
            try bytes.write(to: path)
            await #expect(throws: DataSourceError.self) {
                let object = try await StoredObject.open(instance, in: volume)
                _ = try await self.drain(try object.source(convertedTo: nil), piece: 4096)
            }
        }
    }

    @Test func aBlobOfAnotherSizeOrSyntaxIsNotOpened() async throws {
        try await withBlob(100) { volume, instance, _ in
            var other = instance
            other.transferSyntaxUID = WellKnownUID.implicitVRLittleEndian
            await #expect(throws: DataSourceError.self) { _ = try await StoredObject.open(other, in: volume) }
            other = instance
            other.byteCount += 1
            await #expect(throws: DataSourceError.self) { _ = try await StoredObject.open(other, in: volume) }
        }
    }
}
