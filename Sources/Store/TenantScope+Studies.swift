package import Domain
package import JSON
internal import Postgres

extension TenantScope {
    /// Newest first.
    package func studies(_ filter: StudyFilter, _ page: PageRequest) async throws(StoreError) -> Page<Study> {
        let parameters: [PostgresValue] = [
            PostgresValue(filter.archiveId), PostgresValue(filter.state?.rawValue),
            .clean(optional: filter.patientId), .clean(optional: filter.studyInstanceUID),
            .clean(optional: filter.dateFrom), .clean(optional: filter.dateTo),
        ]
        var result = try await self.page(StudyStatements.list, parameters, page, id: \.id, Self.study)
        result.items = try await withDeliveries(result.items)
        return result
    }

    package func study(_ id: UUID) async throws(StoreError) -> Study {
        let study = try await find(StudyStatements.get, [PostgresValue(id)], Self.study)
        return try await withDeliveries([study])[0]
    }

    package func study(archiveId: UUID, studyInstanceUID: String) async throws(StoreError) -> Study {
        let study = try await find(
            StudyStatements.byUID, [PostgresValue(archiveId), .clean(studyInstanceUID)], Self.study)
        return try await withDeliveries([study])[0]
    }

    /// Of a study, saved or not, in the order of sending; at most `limit`.
    package func instances(ofStudy id: UUID, limit: Int) async throws(StoreError) -> [Instance] {
        try await pool.read(StudyStatements.instances, [organization, PostgresValue(id), .int(Int64(limit))]) {
            rows throws(PostgresError) in try rows.decode(Self.instance)
        }
    }

    /// Reports, key object selections and presentation states of a study: what may refer to its images.
    package func referringInstances(ofStudy id: UUID) async throws(StoreError) -> [Instance] {
        try await pool.read(StudyStatements.referring, [organization, PostgresValue(id)]) {
            rows throws(PostgresError) in try rows.decode(Self.instance)
        }
    }

    /// Under which other SOP Instance UID an integration got instances of the study, by the UID as stored.
    package func sentUIDs(
        ofStudy id: UUID, to integrationId: UUID
    ) async throws(StoreError) -> [String: String] {
        let parameters = [organization, PostgresValue(id), PostgresValue(integrationId)]
        return try await pool.read(StudyStatements.sentUIDs, parameters) { rows throws(PostgresError) in
            let pairs = try rows.decode { row throws(PostgresError) in (try row.text(0), try row.text(1)) }
            return Dictionary(pairs, uniquingKeysWith: { $1 })
        }
    }

    /// Freezes what is new and creates its deliveries; again without new instances it creates nothing.
    package func saveStudy(_ id: UUID) async throws(StoreError) -> SaveResult {
        guard let result = try await store.save(organizationId, id, onlyWhenDue: false, pool) else { throw .notFound }
        return result
    }

    /// Resends, as new deliveries; those still under way are not doubled. `conflict` while the study is not saved.
    package func forward(
        _ studyId: UUID, _ selection: ForwardSelection
    ) async throws(StoreError) -> [SaveResult.NewDelivery] {
        let key = [organization, PostgresValue(studyId)]
        let (mode, named) = selection.parameters
        return try await pool.decide { tx async throws(PostgresError) -> Result<[SaveResult.NewDelivery], StoreError> in
            guard let row = try await tx.query(StudyStatements.lock, key).oneOrNone() else {
                return .failure(.notFound)
            }
            guard try row.text(0) == Study.State.saved.rawValue else {
                return .failure(.conflict(field: "state", message: "the study is not saved yet; save it first"))
            }
            let targets = try await tx.query(StudyStatements.forwardTargets, key + [.text(mode), .array(named)])
                .decode { row throws(PostgresError) in UUID(try row.uuid(0)) }
            if let missing = named.first(where: { !targets.contains($0) }) {
                let message = "\(missing) is not an integration of type pacs"
                return .failure(.invalidReference(field: "integrations", message: message))
            }
            let parameters = key + [.array(targets), .bool(selection == .failedOnly)]
            return .success(
                try await tx.query(StudyStatements.forward, parameters).decode { row throws(PostgresError) in
                    SaveResult.NewDelivery(id: UUID(try row.uuid(0)), integrationId: UUID(try row.uuid(1)))
                })
        }
    }

    private func withDeliveries(_ studies: [Study]) async throws(StoreError) -> [Study] {
        if studies.isEmpty { return [] }
        let parameters = [organization, .array(studies.map(\.id))]
        let found = try await pool.read(StudyStatements.deliveries, parameters) { rows throws(PostgresError) in
            try rows.decode { row throws(PostgresError) in
                var columns = Columns(row)
                let study = try columns.id()
                return (
                    study,
                    Study.DeliverySummary(
                        id: try columns.id(), integrationId: try columns.id(), state: try columns.choice())
                )
            }
        }
        let byStudy = Dictionary(grouping: found, by: \.0)
        return studies.map { study in
            var study = study
            study.deliveries = (byStudy[study.id] ?? []).map(\.1)
            return study
        }
    }

    private static func study(_ row: Row) throws(PostgresError) -> Study {
        var columns = Columns(row)
        let (organization, id, archive) = (try columns.id(), try columns.id(), try columns.id())
        var study = Study(
            id: id, organizationId: organization, archiveId: archive, studyInstanceUID: try columns.text(),
            createdAt: try columns.time())
        study.state = try columns.choice()
        study.patient = PatientSummary(
            patientId: try columns.text(), patientName: try columns.text(), birthDate: try columns.text(),
            sex: try columns.text())
        study.summary = StudySummary(
            date: try columns.text(), time: try columns.text(), description: try columns.text(),
            accessionNumber: try columns.text())
        study.instanceCount = try columns.int()
        study.pendingInstanceCount = try columns.int()
        study.byteCount = try columns.int()
        study.lastInstanceAt = try columns.optionalTime()
        study.savedAt = try columns.optionalTime()
        return study
    }
}

extension ForwardSelection {
    fileprivate var parameters: (mode: String, named: [UUID]) {
        switch self {
        case .all: ("all", [])
        case .failedOnly: ("failed", [])
        case .integrations(let ids): ("named", ids)
        }
    }
}

extension Store {
    /// Saves studies whose quiet time is over, the longest overdue first; what was created. Several processes may do
    /// so at the same time.
    package func saveDueStudies(limit: Int) async throws(StoreError) -> [SaveResult] {
        let due = try await pools.worker.read(StudyStatements.due, [.int(Int64(limit))]) { rows throws(PostgresError) in
            try rows.decode { row throws(PostgresError) in (UUID(try row.uuid(0)), UUID(try row.uuid(1))) }
        }
        var results: [SaveResult] = []
        for (organization, study) in due {
            let result = try await save(organization, study, onlyWhenDue: true, pools.worker)
            if let result, result.manifestVersion != nil { results.append(result) }
        }
        return results
    }

    /// How long until the next quiet time is over, not negative; nil when no study waits for one.
    package func untilNextDueStudy() async throws(StoreError) -> Duration? {
        try await pools.worker.read(StudyStatements.nextDue, []) { rows throws(PostgresError) in
            try rows.one().optionalInt64(0).map { .microseconds(max(0, $0)) }
        }
    }

    /// Nil when there is no such study.
    fileprivate func save(
        _ organization: UUID, _ study: UUID, onlyWhenDue: Bool, _ pool: PostgresPool
    ) async throws(StoreError) -> SaveResult? {
        let key = [PostgresValue(organization), PostgresValue(study)]
        let statements = [
            BoundStatement(StudyStatements.lock, key), BoundStatement(StudyStatements.save, key + [.bool(onlyWhenDue)]),
        ]
        return try await pool.batch(statements) { results throws(PostgresError) in
            guard try results[0].oneOrNone() != nil else { return nil }
            var columns = Columns(try results[1].one())
            let (version, count) = (try columns.optionalInt(), try columns.optionalInt() ?? 0)
            let deliveries = zip(try columns.ids(), try columns.ids())
            return SaveResult(
                organizationId: organization, studyId: study, manifestVersion: version, instanceCount: count,
                deliveries: deliveries.map { SaveResult.NewDelivery(id: $0, integrationId: $1) })
        }
    }
}
