internal import BlobStore
internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
internal import JSON
internal import Reactor
internal import Store

/// Plans the way of instances to one integration: looks at the stored objects and asks the planner.
struct InstancePlanner: Sendable {
    let store: Store
    let volume: LocalVolume
    let capabilities: CapabilityCache
    let environment: PlannerEnvironment
    let integration: Integration
    let connection: Connection

    /// What the instances of a study have to do with each other, and with what went before.
    struct Relations: Sendable {
        /// SOP Instance UIDs that reports, key objects and presentation states of the study name.
        var referenced: Set<String> = []
        /// UIDs under which the destination has images of the study, by the UID as stored.
        var sentUIDs: [String: String] = [:]
    }

    private var policy: CompressionPolicy { integration.spec.compression }

    /// Whether the object has to be looked at before anything is sent.
    func needsLook(_ instance: Instance) -> Bool {
        (instance.numberOfFrames > 1 ? policy.cine : policy.image) != .asStored
    }

    /// The ways of an instance, by its object.
    func plan(of instance: Instance, _ relations: Relations) async throws(DataSourceError) -> TransferPlan {
        var facts = try await read(instance) { file in try InstanceFacts.read(from: file) }
        facts.isReferenced = relations.referenced.contains(instance.sopInstanceUID)
        let accepts = capabilities.capabilities(of: integration, over: connection)
        return TransferPlanner.plan(facts, policy, accepts: accepts, environment: environment)
    }

    /// What the policy makes necessary to know of a study.
    func relations(of instances: [Instance], inStudy study: UUID) async throws(StoreError) -> Relations {
        var relations = Relations()
        let scope = store.scope(integration.organizationId)
        if instances.contains(where: \.mayReferToOthers) {
            relations.sentUIDs = try await scope.sentUIDs(ofStudy: study, to: integration.id)
        }
        let losesUIDs = policy.lossyUID == .new && (policy.image.isLossy || policy.cine.isLossy)
        guard losesUIDs, instances.contains(where: needsLook) else { return relations }
        for instance in try await scope.referringInstances(ofStudy: study) {
            // What we cannot read, the destination cannot resolve either.
            let found = try? await read(instance) { try StudyReferences.referencedSOPInstanceUIDs(in: $0) }
            relations.referenced.formUnion(found ?? [])
        }
        return relations
    }

    /// Looks into the blob of an instance, on a thread that may wait for the disk.
    func read<T: Sendable>(
        _ instance: Instance, _ look: @escaping @Sendable (ReadableFile) throws -> T
    ) async throws(DataSourceError) -> T {
        guard let key = BlobKey(instance.blobKey) else { throw DataSourceError("the blob has no usable key") }
        let outcome: Result<T, any Error>
        do throws(BlobError) {
            outcome = try await volume.withFile(key, byteCount: instance.byteCount) { file in
                Result { try look(file) }
            }
        } catch {
            throw DataSourceError(error.description)
        }
        switch outcome {
        case .success(let value): return value
        case .failure(let error): throw DataSourceError("\(error)")
        }
    }
}

extension Instance {
    var transferSyntax: TransferSyntax {
        UID(transferSyntaxUID).map { TransferSyntax($0) } ?? .implicitVRLittleEndian
    }

    /// Structured reports, key object selections, presentation states (PS3.4 B.5).
    var mayReferToOthers: Bool {
        sopClassUID.hasPrefix("1.2.840.10008.5.1.4.1.1.88.") || sopClassUID.hasPrefix("1.2.840.10008.5.1.4.1.1.11.")
    }
}
