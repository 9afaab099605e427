internal import Postgres

enum WebhookStatements {
    private static let columns = "w.organization_id, w.id, w.url, w.events, w.state, w.version, w.created_at"

    static let create = Statement(
        "webhook_create",
        """
        INSERT INTO webhook AS w (organization_id, id, secret, url, events, state)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING \(columns)
        """, [.uuid, .uuid, .bytes, .text, .textArray, .text])
    static let get = Statement(
        "webhook_get", "SELECT \(columns) FROM webhook w WHERE w.organization_id = $1 AND w.id = $2", [.uuid, .uuid])
    static let list = Statement(
        "webhook_list",
        """
        SELECT \(columns) FROM webhook w WHERE w.organization_id = $1 AND ($2::uuid IS NULL OR w.id > $2)
        ORDER BY w.id LIMIT $3
        """, [.uuid, .uuid, .int8])
    static let version = Statement(
        "webhook_version", "SELECT version FROM webhook WHERE organization_id = $1 AND id = $2", [.uuid, .uuid])
    static let update = Statement(
        "webhook_update",
        """
        UPDATE webhook w SET url = $4, events = $5, state = $6, version = version + 1
        WHERE w.organization_id = $1 AND w.id = $2 AND ($3::int4 IS NULL OR w.version = $3) RETURNING \(columns)
        """, [.uuid, .uuid, .int4, .text, .textArray, .text])
    static let lock = Statement(
        "webhook_lock", "SELECT version FROM webhook WHERE organization_id = $1 AND id = $2 FOR UPDATE", [.uuid, .uuid])
    static let delete = Statement(
        "webhook_delete",
        """
        WITH gone AS (DELETE FROM webhook WHERE organization_id = $1 AND id = $2)
        SELECT NULL::text
        """, [.uuid, .uuid])

    static let enqueueTest = Statement(
        "webhook_enqueue_test",
        """
        INSERT INTO webhook_event (organization_id, id, webhook_id, kind, payload, next_at)
        SELECT organization_id, causeway_uuid_v7(), id, 'test', jsonb_build_object('webhookId', id), now()
        FROM webhook WHERE organization_id = $1 AND id = $2 RETURNING id
        """, [.uuid, .uuid])
    /// One event for each active webhook that wants its kind.
    static let enqueue = Statement(
        "webhook_enqueue",
        """
        INSERT INTO webhook_event (organization_id, id, webhook_id, kind, payload, next_at)
        SELECT organization_id, causeway_uuid_v7(), id, $2, $3, now()
        FROM webhook WHERE organization_id = $1 AND state = 'active' AND $2 = ANY(events)
        """, [.uuid, .text, .jsonb])
    /// The claim ends by itself: the event is due again in a minute.
    static let claim = Statement(
        "webhook_claim",
        """
        WITH due AS (
            SELECT e.organization_id, e.id FROM webhook_event e
            JOIN webhook w ON w.organization_id = e.organization_id AND w.id = e.webhook_id
            WHERE e.next_at <= now() AND w.state = 'active'
            ORDER BY e.next_at LIMIT $1 FOR UPDATE OF e SKIP LOCKED
        ), claimed AS (
            UPDATE webhook_event e SET attempts = e.attempts + 1, next_at = now() + interval '60 seconds'
            FROM due WHERE e.organization_id = due.organization_id AND e.id = due.id RETURNING e.*
        )
        SELECT e.organization_id, e.id, e.kind, e.payload, e.created_at, e.attempts, w.secret, \(columns)
        FROM claimed e JOIN webhook w ON w.organization_id = e.organization_id AND w.id = e.webhook_id
        """, [.int8])
    static let complete = Statement(
        "webhook_complete",
        """
        UPDATE webhook_event SET next_at = NULL, finished_at = now(), last_error = NULL
        WHERE organization_id = $1 AND id = $2
        """, [.uuid, .uuid])
    static let fail = Statement(
        "webhook_fail",
        """
        UPDATE webhook_event SET last_error = $3, next_at = now() + $4::float8 * interval '1 microsecond',
            finished_at = CASE WHEN $4 IS NULL THEN now() END
        WHERE organization_id = $1 AND id = $2
        """, [.uuid, .uuid, .text, .double])

    static let all = [
        create, get, list, version, update, lock, delete, enqueueTest, enqueue, claim, complete, fail,
    ]
}
