package import Domain
package import JSON
package import Store

/// What would become of a study on its way to an integration, said by whoever forwards.
package protocol PlanRunner: Sendable {
    /// The plan as JSON and as a transcript for a terminal.
    func plan(
        studyId: UUID, for integration: Integration, over connection: Connection
    ) async throws(StoreError) -> PlanAnswer
}

/// The plan of a study.
package struct PlanAnswer: Sendable {
    /// `studyId`, `integrationId`, `instances`, `isComplete`.
    package let report: JSONObject
    package let transcript: String

    package init(report: JSONObject, transcript: String) {
        self.report = report
        self.transcript = transcript
    }
}
