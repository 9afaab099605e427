import BlobStore
import Bytes
import DICOM
import Reactor
import TestSupport
import Testing

@testable import Ingest

@Suite struct InstanceReceiverTests {
    private static let sopInstance = "1.2.3.4.5"

    /// An object without pixels, as Part 10 header and data set.
    private func object(study: String = "1.2.3") throws -> (header: [UInt8], dataSet: [UInt8]) {
        var set = DataSet()
        set.set(.sopClassUID, try #require(UID("1.2.840.10008.5.1.4.1.1.88.33")))
        set.set(.sopInstanceUID, try #require(UID(Self.sopInstance)))
        set.set(.studyInstanceUID, try #require(UID(study)))
        set.set(.seriesInstanceUID, try #require(UID("1.2.3.9")))
        set.set(.patientID, "P1")
        let bytes = try DataSetWriter.encode(set, .explicitVRLittleEndian)
        let header = Part10.header(
            sopClass: try #require(UID("1.2.840.10008.5.1.4.1.1.88.33")),
            sopInstance: try #require(UID(Self.sopInstance)),
            syntax: .explicitVRLittleEndian, source: AETitle("SENDER"))
        return (header, bytes)
    }

    private func receive(_ pieces: [[UInt8]], root: String, instance: String) async throws -> InstanceReceiver.Received
    {
        let volume = try LocalVolume(
            root: root, key: [UInt8](repeating: 1, count: 16), boot: "b-\(instance)",
            pool: BlockingPool(threads: 2, name: "p"))
        let receiver = InstanceReceiver(fileTo: volume, limit: 1 << 20)
        for piece in pieces { if try receiver.append(piece.rawSpan) { try await receiver.flush() } }
        return try await receiver.finish(.init(organization: "org", day: "2026/11/23", instance: instance))
    }

    @Test func headerIsReadAndTheSameFileResultsHoweverTheInputIsCut() async throws {
        try await withTemporaryDirectory { root in
            let (header, dataSet) = try object()
            var codes: Set<[UInt8]> = []
            for (i, cut) in Splitter.cuts(of: header + dataSet).enumerated().filter({ $0.offset % 16 == 0 }) {
                let received = try await receive(cut, root: root, instance: "i\(i)")
                #expect(received.header.sopInstanceUID.text == Self.sopInstance)
                #expect(received.header.patientID == "P1")
                codes.insert(received.blob.guardCode)
            }
            #expect(codes.count == 1)
        }
    }

    @Test func aBareDataSetGivesTheFileThatItsPart10FormGives() async throws {
        try await withTemporaryDirectory { root in
            let (header, dataSet) = try object()
            let fromFile = try await receive([header + dataSet], root: root, instance: "file")
            let volume = try LocalVolume(
                root: root, key: [UInt8](repeating: 1, count: 16), boot: "x", pool: BlockingPool(threads: 1, name: "p"))
            let receiver = try InstanceReceiver(
                dataSet: .init(
                    syntax: .explicitVRLittleEndian, sopClassUID: try #require(UID("1.2.840.10008.5.1.4.1.1.88.33")),
                    sopInstanceUID: try #require(UID(Self.sopInstance))), to: volume, limit: 1 << 20)
            _ = try receiver.append(dataSet.rawSpan)
            let fromDataSet = try await receiver.finish(.init(organization: "org", day: "2026/11/23", instance: "ds"))
            #expect(fromFile.blob.guardCode == fromDataSet.blob.guardCode)
        }
    }

    @Test func whatIsNotDICOMIsRefusedAndLeavesNothing() async throws {
        try await withTemporaryDirectory { root in
            for bytes in [[UInt8]("not dicom at all".utf8), [], [UInt8](repeating: 0, count: 500)] {
                await #expect(throws: InstanceRefusal.self) {
                    _ = try await self.receive([bytes], root: root, instance: "x")
                }
            }
            let (header, dataSet) = try object()
            await #expect(throws: InstanceRefusal.self) {
                _ = try await self.receive([header + dataSet.dropLast(3)], root: root, instance: "cut")
            }
            #expect(try FileSystem.list("\(root)/incoming").isEmpty)
            #expect(try FileSystem.list(root) == ["incoming"])
        }
    }
}
