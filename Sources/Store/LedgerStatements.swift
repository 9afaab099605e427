internal import Postgres

enum LedgerStatements {
    static let append = Statement(
        "ledger_append",
        """
        INSERT INTO ledger (organization_id, delivery_id, lease_owner, lease_epoch, id, study_instance_uid,
            integration_id, started_at, ended_at, destination, outcome, statuses, instance_count, byte_count,
            manifest_digest, assurance, changes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        [
            .uuid, .uuid, .uuid, .int8, .uuid, .text, .uuid, .timestamp, .timestamp, .jsonb, .text, .jsonb, .int4,
            .int8, .bytes, .int2, .jsonb,
        ])
    /// Newest first.
    static let list = Statement(
        "ledger_list",
        """
        SELECT id, delivery_id, study_instance_uid, integration_id, started_at, ended_at, manifest_digest, destination,
            outcome, statuses, instance_count, byte_count, assurance, changes
        FROM ledger
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR delivery_id = $2)
            AND ($3::text IS NULL OR study_instance_uid = $3) AND ($4::uuid IS NULL OR integration_id = $4)
            AND ($5::timestamptz IS NULL OR recorded_at >= $5) AND ($6::uuid IS NULL OR id < $6)
        ORDER BY id DESC LIMIT $7
        """, [.uuid, .uuid, .text, .uuid, .timestamp, .uuid, .int8])

    static let auditAppend = Statement(
        "audit_append",
        """
        INSERT INTO audit_event (organization_id, id, at, actor, action, object_kind, object_id, outcome, address,
            detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, [.uuid, .uuid, .timestamp, .text, .text, .text, .uuid, .text, .text, .jsonb])
    /// Newest first.
    static let auditList = Statement(
        "audit_list",
        """
        SELECT id, at, actor, action, object_kind, object_id, outcome, address, detail FROM audit_event
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR object_id = $2) AND ($3::text IS NULL OR action = $3)
            AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::uuid IS NULL OR id < $5)
        ORDER BY id DESC LIMIT $6
        """, [.uuid, .uuid, .text, .timestamp, .uuid, .int8])

    static let all = [append, list, auditAppend, auditList]
}
