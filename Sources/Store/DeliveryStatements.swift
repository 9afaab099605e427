internal import Postgres

enum DeliveryStatements {
    static let columns = """
        d.organization_id, d.id, d.study_id, d.integration_id, d.manifest_id, d.created_at, m.version, d.replay_no, \
        d.state, d.total, d.done_count, d.warned_count, d.failed_count, d.attempt, d.rescue_count, d.next_at, \
        d.finished_at, d.last_error
        """
    private static let joined =
        "delivery d JOIN manifest m ON m.organization_id = d.organization_id AND m.id = d.manifest_id"

    static let get = Statement(
        "delivery_get",
        "SELECT \(columns), d.total, d.done FROM \(joined) WHERE d.organization_id = $1 AND d.id = $2", [.uuid, .uuid])
    /// Newest first.
    static let list = Statement(
        "delivery_list",
        """
        SELECT \(columns) FROM \(joined)
        WHERE d.organization_id = $1 AND ($2::text IS NULL OR d.state = $2) AND ($3::uuid IS NULL OR d.study_id = $3)
            AND ($4::uuid IS NULL OR d.integration_id = $4) AND ($5::timestamptz IS NULL OR d.created_at >= $5)
            AND ($6::uuid IS NULL OR d.id < $6)
        ORDER BY d.id DESC LIMIT $7
        """, [.uuid, .text, .uuid, .uuid, .timestamp, .uuid, .int8])
    static let attempts = Statement(
        "delivery_attempts",
        """
        SELECT id, started_at, ended_at, outcome, instances_sent, byte_count, error, detail
        FROM attempt WHERE organization_id = $1 AND delivery_id = $2 ORDER BY id DESC LIMIT 100
        """, [.uuid, .uuid])
    static let exceptions = Statement(
        "delivery_exceptions",
        """
        SELECT ordinal, status, attempts, message FROM delivery_exception
        WHERE organization_id = $1 AND delivery_id = $2 ORDER BY ordinal
        """, [.uuid, .uuid])
    static let changes = Statement(
        "delivery_changes",
        """
        SELECT ordinal, change FROM delivery_change WHERE organization_id = $1 AND delivery_id = $2 ORDER BY ordinal
        """, [.uuid, .uuid])
    /// In the order of the manifest. Each is looked up by its key: without LATERAL and LIMIT the planner may read all
    /// instances of the organization into a hash instead.
    static let instances = Statement(
        "delivery_instances",
        """
        SELECT i.id, s.study_instance_uid, i.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.blob_key,
            i.byte_count, i.digest, i.digest_algorithm, i.transfer_syntax_uid, i.series_number, i.instance_number,
            i.number_of_frames
        FROM delivery d
        JOIN manifest m ON m.organization_id = d.organization_id AND m.id = d.manifest_id
        JOIN study s ON s.organization_id = d.organization_id AND s.id = d.study_id
        CROSS JOIN unnest(m.instance_ids) WITH ORDINALITY u (id, ordinal)
        CROSS JOIN LATERAL (
            SELECT * FROM instance x WHERE x.organization_id = d.organization_id AND x.id = u.id LIMIT 1
        ) i
        WHERE d.organization_id = $1 AND d.id = $2 ORDER BY u.ordinal
        """, [.uuid, .uuid])

    /// Fenced: nothing when the lease was lost.
    static let plan = Statement(
        "delivery_plan",
        """
        SELECT \(columns), d.total, d.done, s.study_instance_uid, m.instance_ids, m.digest,
            \(IntegrationStatements.columns), \(ConnectionStatements.columns)
        FROM \(joined)
        JOIN study s ON s.organization_id = d.organization_id AND s.id = d.study_id
        JOIN integration i ON i.organization_id = d.organization_id AND i.id = d.integration_id
        JOIN connection c ON c.organization_id = i.organization_id AND c.id = i.connection_id
        WHERE d.organization_id = $1 AND d.id = $2 AND d.state = 'sending' AND d.lease_owner = $3 AND d.lease_epoch = $4
        """, [.uuid, .uuid, .uuid, .int8])
    static let planCertificates = Statement(
        "delivery_plan_certificates",
        """
        SELECT \(ConnectionStatements.certificateColumns), CASE WHEN x.purpose = 'client' THEN x.private_key END
        FROM delivery d
        JOIN integration i ON i.organization_id = d.organization_id AND i.id = d.integration_id
        JOIN certificate x ON x.organization_id = i.organization_id AND x.connection_id = i.connection_id
        WHERE d.organization_id = $1 AND d.id = $2 AND x.state IN ('next', 'active')
        ORDER BY x.state, x.id DESC
        """, [.uuid, .uuid])

    /// The ready row first, as the claim does: else the two could wait for each other.
    static let unqueue = Statement(
        "delivery_unqueue",
        "DELETE FROM delivery_ready WHERE organization_id = $1 AND delivery_id = $2", [.uuid, .uuid])
    static let cancel = Statement(
        "delivery_cancel",
        """
        UPDATE delivery SET state = 'cancelled', finished_at = now(), next_at = NULL, lease_owner = NULL,
            lease_until = NULL, lease_epoch = lease_epoch + 1
        WHERE organization_id = $1 AND id = $2 AND state IN ('ready', 'waiting', 'sending') RETURNING true
        """, [.uuid, .uuid])
    static let retry = Statement(
        "delivery_retry",
        """
        UPDATE delivery SET state = 'ready', attempt = 0, rescue_count = 0, next_at = NULL, finished_at = NULL
        WHERE organization_id = $1 AND id = $2 AND state IN ('failed', 'cancelled', 'waiting', 'ready')
        RETURNING integration_id
        """, [.uuid, .uuid])

    static let all = [
        get, list, attempts, exceptions, changes, instances, plan, planCertificates, unqueue, cancel, retry,
    ]
}
