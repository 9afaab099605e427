internal import Postgres

extension StoreError {
    /// What an error of the database means to the caller: by SQLSTATE and by the name of the constraint.
    init(_ error: PostgresError) {
        switch error {
        case .unknownOutcome: self = .unknownOutcome(error.description)
        case _ where error.isUnavailable || error == .closed: self = .unavailable(error.description)
        case .server(let refusal): self = Self.meaning(of: refusal) ?? .internal(error.description)
        default: self = .internal(error.description)
        }
    }

    private static func meaning(of refusal: ServerError) -> StoreError? {
        switch refusal.state {
        case .uniqueViolation: uniqueness[refusal.constraint ?? ""]
        case .foreignKeyViolation: references[refusal.constraint ?? ""] ?? .inUse("other things still refer to it")
        case .queryCanceled, .lockNotAvailable, .serializationFailure, .deadlockDetected:
            .unavailable("the database is too busy: \(refusal.message)")
        default: nil
        }
    }

    private static let uniqueness: [String: StoreError] = [
        "organization_name_key": .conflict(field: "name", message: "is already the name of another organization"),
        "connection_name_key": .conflict(field: "name", message: "is already the name of another connection"),
        "integration_name_key": .conflict(field: "name", message: "is already the name of another integration"),
        "archive_name_key": .conflict(field: "name", message: "is already the name of another archive"),
        "archive_receive_called_aet_key": .conflict(
            field: "receive/calledAET", message: "is already taken; choose another AE title"),
        "api_key_key_id_key": .conflict(field: "keyId", message: "is already taken"),
        "connection_pkey": .conflict(field: "id", message: "is already taken"),
        "certificate_pkey": .conflict(field: "id", message: "is already taken"),
        "certificate_active_key": .conflict(field: "state", message: "another certificate was activated meanwhile"),
    ]

    private static let references: [String: StoreError] = [
        "integration_connection_fkey": .invalidReference(field: "connectionId", message: "names no connection"),
        "archive_destination_integration_fkey": .invalidReference(
            field: "destinations", message: "names an integration that does not exist"),
        "certificate_connection_fkey": .notFound,
        "study_archive_fkey": .inUse("the archive still has studies"),
        "study_organization_id_fkey": .inUse("the organization still has studies"),
        "api_key_organization_id_fkey": .notFound,
        "connection_organization_id_fkey": .notFound,
        "integration_organization_id_fkey": .notFound,
        "archive_organization_id_fkey": .notFound,
        "webhook_organization_id_fkey": .notFound,
        "idempotency_organization_id_fkey": .notFound,
    ]
}
