internal import BlobStore
internal import Bytes
internal import CodecProcess
internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
internal import JSON
internal import Reactor
internal import Store

/// What has to be done for a delivery before its objects can be sent.
struct Preparation: Sendable {
    let services: WorkerServices
    let plan: ForwardingPlan
    let planner: InstancePlanner

    init(_ services: WorkerServices, _ plan: ForwardingPlan) {
        self.services = services
        self.plan = plan
        planner = services.planner(for: plan.integration, over: plan.connection)
    }

    // MARK: References

    /// The object with references to the UIDs that the destination knows; nil when it names none that changed.
    func remapped(_ instance: Instance, _ relations: InstancePlanner.Relations) async throws(DataSourceError)
        -> PreparedObject?
    {
        guard !relations.sentUIDs.isEmpty else { return nil }
        let map = relations.sentUIDs.compactMapValues { UID($0) }
        let syntax = instance.transferSyntax
        let changed = try await planner.read(instance) { file -> (bytes: [UInt8], count: Int)? in
            guard var dataSet = try Self.dataSet(in: file) else { return nil }
            let count = ReferenceMap.apply(map, to: &dataSet)
            guard count > 0 else { return nil }
            return (try DataSetWriter.encode(dataSet, .explicitVRLittleEndian), count)
        }
        guard let changed, syntax.isNative else { return nil }
        let object = StoredObject(of: instance, in: .explicitVRLittleEndian, dataSet: changed.bytes)
        return PreparedObject(
            object,
            note: "\(changed.count) references name the images as this destination has them, under their new UIDs.")
    }

    /// Larger objects are no reports: nil.
    private static let referringByteCountMax = 64 << 20

    private static func dataSet(in file: ReadableFile) throws -> DataSet? {
        guard file.byteCount <= referringByteCountMax else { return nil }
        let bytes = try file.bytes(at: 0, count: file.byteCount)
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else { return nil }
        return try DataSetReader.read(Array(bytes[header.dataSetOffset...]), header.transferSyntax)
    }

    // MARK: Artefacts

    /// Makes what the best way of the ladder needs; steps down where it cannot be made.
    func prepare(_ instance: Instance, _ ladder: InstanceLadder) async -> Prepared {
        var ladder = ladder
        while let recipe = ladder.recipe, let rung = ladder.current {
            do throws(PreparationFailure) {
                let key = ArtefactKey(
                    organization: "\(plan.integration.organizationId)", source: "\(instance.id)", recipe)
                let artefact = try await artefact(instance, recipe, under: key)
                let object = PreparedObject(artefact, under: key, for: rung.way, try await opened(artefact))
                return Prepared(ladder: ladder, outcome: .ready(object))
            } catch {
                switch error {
                case .unsuitable(let why): ladder.stepDown("\(rung.transferSyntax.name) was not made: \(why).")
                case .unsendable(let reason): return Prepared(ladder: ladder, outcome: .unsendable(reason))
                case .deferred(let reason): return Prepared(ladder: ladder, outcome: .deferred(reason))
                }
            }
        }
        return Prepared(ladder: ladder, outcome: .ready(nil))
    }

    private enum PreparationFailure: Error {
        /// This way is closed for the object; another one may be open.
        case unsuitable(String)
        case unsendable(DeliveryError)
        case deferred(DeliveryError)
    }

    private func artefact(
        _ instance: Instance, _ recipe: TranscodeRecipe, under key: ArtefactKey
    ) async throws(PreparationFailure) -> Artefact {
        guard let transcoding = services.transcoding else {
            throw .deferred(
                DeliveryError(
                    .configuration, "This process has no codecs, which the compression of the integration needs.",
                    advice: "Start workers with `causeway work` or `causeway up`."))
        }
        let organization = "\(plan.integration.organizationId)"
        do throws(CodecPoolError) {
            return try await transcoding.artefacts.artefact(key) { path async throws(CodecPoolError) in
                let input = try await checkedPath(of: instance)
                return try await transcoding.encode(input, path, recipe, organization)
            }
        } catch {
            throw Self.failure(error, instance)
        }
    }

    /// The path of a blob whose bytes are those that were stored.
    private func checkedPath(of instance: Instance) async throws(CodecPoolError) -> String {
        guard let key = BlobKey(instance.blobKey), instance.digestAlgorithm == "aes128gmac" else {
            throw .failed(.file("the blob has no usable key or code"))
        }
        do throws(BlobError) {
            try await services.volume.verify(key, byteCount: instance.byteCount, guardCode: instance.digest)
        } catch {
            throw .failed(.file(error.description))
        }
        return services.volume.path(of: key)
    }

    private func opened(_ artefact: Artefact) async throws(PreparationFailure) -> StoredObject {
        let path = artefact.path
        let result = await services.volume.onPool { () -> Result<StoredObject, DataSourceError> in
            do throws(DataSourceError) {
                return .success(try StoredObject.open(path: path))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let object): return object
        case .failure(let error):
            throw .deferred(
                DeliveryError(
                    .internal, "What was encoded for the destination cannot be read: \(error.reason).",
                    advice: "Check the disk below the data directory."))
        }
    }

    private static func failure(_ error: CodecPoolError, _ instance: Instance) -> PreparationFailure {
        let uid = instance.sopInstanceUID
        switch error {
        case .failed(.file(let why)):
            return .unsendable(
                DeliveryError(
                    .storage, "Instance \(uid) cannot be read or its encoded form not be written: \(why).",
                    advice: "Check the disk, and upload the instance again if its blob is damaged."))
        case .failed(let reason): return .unsuitable("\(reason)")
        case .unavailable:
            return .deferred(
                DeliveryError(
                    .compression, "Instance \(uid) was not encoded: \(error).",
                    advice: "Nothing for now: it is tried again; if it stays so, see the log at this time."))
        case .crashed, .timedOut:
            return .unsendable(
                DeliveryError(
                    .compression, "Instance \(uid) was not encoded: \(error).",
                    advice: "Set the compression of the integration to asStored and retry, or repair the object."))
        }
    }
}
