internal import DICOM
internal import DICOMNetwork
package import Domain
internal import Imaging
package import JSON
package import Store

/// What would become of a stored study on its way to an integration: every instance with its ways and the reasons,
/// before anything is sent.
package struct PlanPreview: Sendable {
    private let services: WorkerServices
    /// Instances that one answer speaks of.
    package static let instancesMax = 1000

    package init(_ services: WorkerServices) { self.services = services }

    /// One instance of the preview.
    private struct Line {
        let instance: Instance
        let plan: TransferPlan?
        /// Why there is no plan.
        let error: String?
    }

    /// The plan as JSON and as text for a terminal.
    package func plan(
        studyId: UUID, for integration: Integration, over connection: Connection
    ) async throws(StoreError) -> (report: JSONObject, transcript: String) {
        let planner = services.planner(for: integration, over: connection)
        let scope = services.store.scope(integration.organizationId)
        let study = try await scope.study(studyId)
        let instances = try await scope.instances(ofStudy: studyId, limit: Self.instancesMax)
        let relations = try await planner.relations(of: instances, inStudy: studyId)
        var lines: [Line] = []
        for instance in instances {
            do throws(DataSourceError) {
                lines.append(
                    Line(instance: instance, plan: try await planner.plan(of: instance, relations), error: nil))
            } catch {
                lines.append(Line(instance: instance, plan: nil, error: error.reason))
            }
        }
        let report: JSONObject = [
            "studyId": JSON(studyId), "integrationId": JSON(integration.id),
            "instances": .array(lines.map(Self.json)), "isComplete": .bool(instances.count == study.instanceCount),
        ]
        let title = "Study \(study.studyInstanceUID) to \(integration.spec.name)\n"
        return (report, title + lines.map(Self.text).joined())
    }

    private static func json(_ line: Line) -> JSON {
        let stored = line.instance.transferSyntax
        return [
            "instanceId": JSON(line.instance.id), "sopInstanceUID": .string(line.instance.sopInstanceUID),
            "sopClassUID": .string(line.instance.sopClassUID), "frames": JSON(line.instance.numberOfFrames),
            "stored": ["uid": .string(stored.uid.text), "name": .string(stored.name)],
            "ways": .array(
                (line.plan?.rungs ?? []).map { rung in
                    [
                        "transferSyntax": [
                            "uid": .string(rung.transferSyntax.uid.text),
                            "name": .string(rung.transferSyntax.name),
                        ],
                        "action": .string(rung.way.word), "lossy": .bool(rung.isLossy), "reason": .string(rung.reason),
                    ]
                }),
            "notes": JSON(line.plan?.notes ?? []), "error": JSON(line.error),
        ]
    }

    private static func text(_ line: Line) -> String {
        let name = UID(line.instance.sopClassUID).map { SOPClass($0).name } ?? line.instance.sopClassUID
        let frames = line.instance.numberOfFrames == 1 ? "" : ", \(line.instance.numberOfFrames) frames"
        var text = "\(line.instance.sopInstanceUID)  \(name)\(frames), stored in \(line.instance.transferSyntax.name)\n"
        for (place, rung) in (line.plan?.rungs ?? []).enumerated() { text += "  \(place + 1). \(rung.reason)\n" }
        for note in line.plan?.notes ?? [] { text += "  -  \(note)\n" }
        if let error = line.error { text += "  !  cannot be read: \(error)\n" }
        return text
    }
}

extension Rung.Way {
    fileprivate var word: String {
        switch self {
        case .asStored: "asStored"
        case .reencoded: "reencoded"
        case .transcoded: "transcoded"
        }
    }
}
