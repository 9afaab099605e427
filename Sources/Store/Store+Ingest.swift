internal import Domain
internal import JSON
internal import Postgres

extension Store {
    /// Records a batch, of any organizations, in one transaction; the outcomes are in its order. Studies come into
    /// being with their first instance, and each stored instance moves on the timer after which its study is saved.
    ///
    /// The bytes must be durable before. After `unknownOutcome` the rows may be there: keep the bytes. The same call
    /// again gives the same outcomes.
    package func recordInstances(_ instances: [NewInstance]) async throws(StoreError) -> [RecordOutcome] {
        if instances.isEmpty { return [] }
        let statements = [
            BoundStatement(IngestStatements.ensureStudies, Self.studyColumns(instances)),
            BoundStatement(IngestStatements.addInstances, Self.instanceColumns(instances)),
            BoundStatement(
                IngestStatements.outcomes,
                [
                    .array(instances.map(\.organizationId)), .array(instances.map(\.archiveId)),
                    Self.texts(instances, \.instance.sopInstanceUID),
                ]),
        ]
        // Batches wait for each other in one order, but the server may still call it a deadlock; and after a broken
        // connection the same again finds out what became of the first.
        var unknown: StoreError?
        for _ in 0..<3 {
            do throws(PostgresError) {
                let results = try await pools.ingest.pipeline(statements)
                return try Self.outcomes(results[2], instances)
            } catch {
                if case .unknownOutcome = error { unknown = StoreError(error) }
                guard error.isSerializationConflict || error.isBrokenConnection else {
                    throw unknown ?? StoreError(error)
                }
            }
        }
        throw unknown ?? .unavailable("the database is too busy to record instances")
    }

    private static func outcomes(
        _ rows: Rows, _ instances: [NewInstance]
    ) throws(PostgresError) -> [RecordOutcome] {
        guard rows.count == instances.count else { throw .unexpectedRowCount(rows.count) }
        var outcomes: [RecordOutcome] = []
        for (row, new) in zip(rows, instances) { outcomes.append(try outcome(row, new.instance)) }
        return outcomes
    }

    private static func outcome(_ row: Row, _ new: Instance) throws(PostgresError) -> RecordOutcome {
        var columns = Columns(row)
        guard let id = try columns.optionalId(), let study = try columns.optionalId() else { return .unknownArchive }
        if id == new.id { return .stored(studyId: study) }
        let (algorithm, digest) = (try columns.text(), try columns.bytes())
        return algorithm == new.digestAlgorithm && digest == new.digest
            ? .duplicateSameDigest(existing: id, studyId: study)
            : .conflictDifferentDigest(existing: id, studyId: study)
    }

    private static func studyColumns(_ instances: [NewInstance]) -> [PostgresValue] {
        [
            .array(instances.map(\.organizationId)), .array(instances.map(\.archiveId)),
            texts(instances, \.instance.studyInstanceUID), texts(instances, \.patient.patientId),
            texts(instances, \.patient.patientName), texts(instances, \.patient.birthDate),
            texts(instances, \.patient.sex), texts(instances, \.study.date), texts(instances, \.study.time),
            texts(instances, \.study.description), texts(instances, \.study.accessionNumber),
        ]
    }

    private static func instanceColumns(_ instances: [NewInstance]) -> [PostgresValue] {
        [
            .array(instances.map(\.organizationId)), .array(instances.map(\.archiveId)),
            .array(instances.map(\.instance.id)), texts(instances, \.instance.studyInstanceUID),
            texts(instances, \.instance.seriesInstanceUID), texts(instances, \.instance.sopInstanceUID),
            texts(instances, \.instance.sopClassUID), texts(instances, \.instance.transferSyntaxUID),
            texts(instances, \.modality), numbers(instances, \.instance.seriesNumber),
            numbers(instances, \.instance.instanceNumber), counts(instances, \.instance.numberOfFrames),
            texts(instances, \.instance.blobKey), .array(instances.map(\.instance.byteCount)),
            texts(instances, \.instance.digestAlgorithm), .array(instances.map(\.instance.digest)),
        ]
    }

    private static func texts(_ instances: [NewInstance], _ text: (NewInstance) -> String) -> PostgresValue {
        .array(instances.map { .clean(text($0)) })
    }

    /// Beyond 32 bits, which no such element may hold, counts as missing.
    private static func numbers(_ instances: [NewInstance], _ number: (NewInstance) -> Int?) -> PostgresValue {
        .array(optional: instances.map { number($0).flatMap { Int32(exactly: $0) } })
    }

    private static func counts(_ instances: [NewInstance], _ count: (NewInstance) -> Int) -> PostgresValue {
        .array(instances.map { Int32(clamping: count($0)) })
    }
}

extension PostgresError {
    fileprivate var isBrokenConnection: Bool {
        switch self {
        case .connectionLost, .unknownOutcome: true
        default: false
        }
    }
}
