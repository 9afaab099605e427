package import BlobStore
package import DICOM
package import Domain
internal import JSON
package import Metrics
internal import Reactor
internal import Store

/// The way of an object into an archive, the same for C-STORE and STOW-RS: bytes durable, then row committed, then
/// success.
package final class InstanceIngest: Sendable {
    /// An object that is kept.
    package struct Kept: Sendable {
        package let header: InstanceHeader
        /// The archive had it before, byte for byte.
        package let isDuplicate: Bool
    }

    package let volume: LocalVolume
    private let recorder: InstanceRecorder
    private let closer: StudyCloser
    private let byteCountMax: Int
    private let stored: Counter
    private let duplicates: Counter
    private let refused: Counter
    private let bytes: Counter

    /// - Parameters:
    ///   - closer: is told of objects whose archive has no quiet time.
    ///   - byteCountMax: the largest object that is taken.
    package init(
        volume: LocalVolume, recorder: InstanceRecorder, closer: StudyCloser, metrics: Metrics,
        byteCountMax: Int = 1 << 36
    ) {
        self.closer = closer
        self.volume = volume
        self.recorder = recorder
        self.byteCountMax = byteCountMax
        let name = "causeway_ingest_instances_total"
        let help = "Objects received, by what became of them."
        stored = metrics.counter(name, help, [("outcome", "stored")])
        duplicates = metrics.counter(name, help, [("outcome", "duplicate")])
        refused = metrics.counter(name, help, [("outcome", "refused")])
        bytes = metrics.counter("causeway_ingest_bytes_total", "Bytes of objects stored.")
    }

    /// For an object that comes as a Part 10 file.
    package func receiveFile() -> InstanceReceiver { InstanceReceiver(fileTo: volume, limit: byteCountMax) }

    /// For an object that comes as a bare data set.
    package func receiveDataSet(
        _ announcement: InstanceReceiver.Announcement
    ) throws(InstanceRefusal) -> InstanceReceiver {
        try InstanceReceiver(dataSet: announcement, to: volume, limit: byteCountMax)
    }

    /// Keeps the object for good. When this returns, a success may be answered.
    ///
    /// - Parameter studyInstanceUID: the study the request was for; nil: any.
    package func keep(
        _ receiver: InstanceReceiver, in archive: Archive, studyInstanceUID: UID? = nil
    ) async throws(InstanceRefusal) -> Kept {
        do throws(InstanceRefusal) {
            let kept = try await keepCounting(receiver, archive, studyInstanceUID)
            (kept.isDuplicate ? duplicates : stored).add()
            if !kept.isDuplicate, archive.spec.saveAfterQuietSeconds == 0 { closer.nudge() }
            return kept
        } catch {
            refused.add()
            throw error
        }
    }

    private func keepCounting(
        _ receiver: InstanceReceiver, _ archive: Archive, _ expectedStudy: UID?
    ) async throws(InstanceRefusal) -> Kept {
        let now = Timestamp(microseconds: WallClock.microseconds)
        let id = UUID.v7(at: now)
        let received = try await receiver.finish(
            .init(organization: "\(archive.organizationId)", day: Self.day(now), instance: "\(id)"))
        if let expectedStudy, received.header.studyInstanceUID != expectedStudy {
            await removeBlob(received)
            throw .otherStudy(expected: expectedStudy, found: received.header.studyInstanceUID)
        }
        let outcome: RecordOutcome
        do throws(StoreError) {
            outcome = try await recorder.record(Self.row(id, received, archive))
        } catch {
            // The commit may have happened: then the row needs its blob.
            if case .unknownOutcome = error {} else { await removeBlob(received) }
            throw .unavailable("the database did not commit")
        }
        switch outcome {
        case .stored:
            bytes.add(received.blob.byteCount)
            return Kept(header: received.header, isDuplicate: false)
        case .duplicateSameDigest:
            await removeBlob(received)
            return Kept(header: received.header, isDuplicate: true)
        case .conflictDifferentDigest:
            await removeBlob(received)
            throw .conflict(sopInstanceUID: received.header.sopInstanceUID.text)
        case .unknownArchive:
            await removeBlob(received)
            throw .unavailable("the archive was deleted")
        }
    }

    private func removeBlob(_ received: InstanceReceiver.Received) async {
        do throws(BlobError) {
            try await volume.remove(received.blob.key)
        } catch {
            // The orphan costs space only; the sender's answer does not depend on it.
        }
    }

    static func day(_ time: Timestamp) -> String {
        String(time.rfc3339.prefix(10).map { $0 == "-" ? "/" : $0 })
    }

    private static func row(_ id: UUID, _ received: InstanceReceiver.Received, _ archive: Archive) -> NewInstance {
        let header = received.header
        var instance = Instance(
            id: id,
            identity: InstanceIdentity(
                studyInstanceUID: header.studyInstanceUID.text, seriesInstanceUID: header.seriesInstanceUID.text,
                sopInstanceUID: header.sopInstanceUID.text, sopClassUID: header.sopClass.uid.text),
            blob: InstanceBlob(
                key: received.blob.key.text, byteCount: received.blob.byteCount, digest: received.blob.guardCode,
                digestAlgorithm: "aes128gmac", transferSyntaxUID: header.transferSyntax.uid.text))
        instance.seriesNumber = header.seriesNumber
        instance.instanceNumber = header.instanceNumber
        instance.numberOfFrames = header.image?.frameCount ?? 1
        var new = NewInstance(organizationId: archive.organizationId, archiveId: archive.id, instance: instance)
        new.patient = PatientSummary(
            patientId: header.patientID ?? "", patientName: header.patientName ?? "",
            birthDate: header.patientBirthDate ?? "", sex: header.patientSex ?? "")
        new.study = StudySummary(
            date: header.studyDate ?? "", time: header.studyTime ?? "", description: header.studyDescription ?? "",
            accessionNumber: header.accessionNumber ?? "")
        new.modality = header.modality ?? ""
        return new
    }
}
