internal import Postgres

enum QueueStatements {
    /// Lanes with something to claim and room for it, locked: the associations of a lane are counted by one claimer at
    /// a time. They take turns; the one not served for longest comes first.
    static let lockLanes = Statement(
        "queue_lock_lanes",
        """
        SELECT l.organization_id, l.integration_id
        FROM lane l JOIN integration i ON i.organization_id = l.organization_id AND i.id = l.integration_id
        WHERE i.state = 'active' AND i.deleted_at IS NULL AND l.next_at <= now()
            AND EXISTS (SELECT FROM delivery_ready r WHERE r.organization_id = l.organization_id
                AND r.integration_id = l.integration_id AND r.run_at <= now())
            AND (SELECT count(*) FROM delivery d WHERE d.organization_id = l.organization_id
                AND d.integration_id = l.integration_id AND d.state = 'sending') < i.associations_max
        ORDER BY l.served_at LIMIT $1 FOR UPDATE OF l SKIP LOCKED
        """, [.int8])

    /// $1 owner; $2, $3 the lanes locked before in this transaction; $4 at most in all; $5 at most of a lane.
    static let claim = Statement(
        "queue_claim",
        """
        WITH lanes AS (
            SELECT l.organization_id, l.integration_id, l.failures, l.served_at,
                greatest(least($5, i.associations_max - (
                    SELECT count(*) FROM delivery d WHERE d.organization_id = l.organization_id
                        AND d.integration_id = l.integration_id AND d.state = 'sending')), 0) AS room
            FROM unnest($2::uuid[], $3::uuid[]) u (organization_id, integration_id)
            JOIN lane l USING (organization_id, integration_id)
            JOIN integration i ON i.organization_id = l.organization_id AND i.id = l.integration_id
        ), picked AS (
            SELECT p.organization_id, p.delivery_id
            FROM (SELECT * FROM lanes ORDER BY served_at) lanes CROSS JOIN LATERAL (
                SELECT r.organization_id, r.delivery_id FROM delivery_ready r
                WHERE r.organization_id = lanes.organization_id AND r.integration_id = lanes.integration_id
                    AND r.run_at <= now()
                ORDER BY r.class, r.run_at, r.delivery_id LIMIT lanes.room FOR UPDATE SKIP LOCKED
            ) p LIMIT $4
        ), gone AS (
            DELETE FROM delivery_ready r USING picked p
            WHERE r.organization_id = p.organization_id AND r.delivery_id = p.delivery_id
            RETURNING r.organization_id, r.delivery_id
        ), claimed AS (
            UPDATE delivery d SET state = 'sending', lease_owner = $1, lease_epoch = d.lease_epoch + 1,
                lease_until = now() + interval '30 seconds', next_at = NULL
            FROM gone g
            WHERE d.organization_id = g.organization_id AND d.id = g.delivery_id AND d.state IN ('ready', 'waiting')
            RETURNING d.*
        ), served AS (
            UPDATE lane l SET served_at = clock_timestamp()
            FROM (SELECT DISTINCT organization_id, integration_id FROM claimed) c
            WHERE l.organization_id = c.organization_id AND l.integration_id = c.integration_id
        )
        SELECT c.organization_id, c.id, c.lease_epoch, c.study_id, c.integration_id, c.manifest_id, c.attempt,
            c.rescue_count, c.total, c.done, lanes.failures
        FROM claimed c JOIN lanes USING (organization_id, integration_id)
        """, [.uuid, .uuidArray, .uuidArray, .int8, .int8])

    static let renew = Statement(
        "queue_renew",
        """
        UPDATE delivery SET lease_until = now() + interval '30 seconds'
        WHERE state = 'sending' AND lease_owner = $1 RETURNING organization_id, id, lease_epoch
        """, [.uuid])

    /// The parameters of every fenced statement begin with these four.
    private static let fence = """
        organization_id = $1 AND id = $2 AND state = 'sending' AND lease_owner = $3 AND lease_epoch = $4
        """
    private static let progress = "done = $5, done_count = $6, warned_count = $7, failed_count = $8"
    private static let fenceTypes: [PostgresType] = [.uuid, .uuid, .uuid, .int8]
    private static let progressTypes = fenceTypes + [.bytes, .int4, .int4, .int4]

    /// A checkpoint that is lost is only sent again: it need not wait for the disk.
    static let relaxCommit = Statement("queue_relax_commit", "SELECT set_config('synchronous_commit', 'off', true)")
    static let checkpoint = Statement(
        "queue_checkpoint",
        """
        UPDATE delivery SET rescue_count = CASE WHEN $6 > done_count THEN 0 ELSE rescue_count END, \(progress)
        WHERE \(fence) RETURNING true
        """, progressTypes)
    static let finish = Statement(
        "queue_finish",
        """
        UPDATE delivery SET \(progress), state = $9, last_error = $10, lease_owner = NULL, lease_until = NULL,
            finished_at = now()
        WHERE \(fence) RETURNING integration_id
        """, progressTypes + [.text, .jsonb])
    /// $9 whether the attempt counts, $10 the delay in microseconds, $11 the error.
    static let putBack = Statement(
        "queue_put_back",
        """
        UPDATE delivery SET \(progress), state = CASE WHEN $10::float8 > 0 THEN 'waiting' ELSE 'ready' END,
            attempt = attempt + $9::bool::int, next_at = now() + $10::float8 * interval '1 microsecond',
            last_error = coalesce($11, last_error), lease_owner = NULL, lease_until = NULL
        WHERE \(fence) RETURNING integration_id
        """, progressTypes + [.bool, .double, .jsonb])
    static let enqueue = Statement(
        "queue_enqueue",
        """
        INSERT INTO delivery_ready (organization_id, integration_id, class, run_at, delivery_id)
        SELECT organization_id, integration_id, class, coalesce(next_at, now()), id FROM delivery
        WHERE organization_id = $1 AND id = $2 AND state IN ('ready', 'waiting')
        ON CONFLICT DO NOTHING
        """, [.uuid, .uuid])
    static let exceptions = Statement(
        "queue_exceptions",
        """
        INSERT INTO delivery_exception (organization_id, delivery_id, ordinal, status, attempts, message)
        SELECT $1, $2, u.* FROM unnest($3::int4[], $4::int4[], $5::int4[], $6::text[]) u
        ON CONFLICT (organization_id, delivery_id, ordinal)
        DO UPDATE SET status = EXCLUDED.status, attempts = EXCLUDED.attempts, message = EXCLUDED.message
        """, [.uuid, .uuid, .int4Array, .int4Array, .int4Array, .textArray])
    /// Those that were overcome since.
    static let clearExceptions = Statement(
        "queue_clear_exceptions",
        "DELETE FROM delivery_exception WHERE organization_id = $1 AND delivery_id = $2 AND ordinal <> ALL($3)",
        [.uuid, .uuid, .int4Array])
    static let changes = Statement(
        "queue_changes",
        """
        INSERT INTO delivery_change (organization_id, delivery_id, ordinal, change)
        SELECT $1, $2, u.ordinal, u.change::jsonb FROM unnest($3::int4[], $4::text[]) u (ordinal, change)
        ON CONFLICT (organization_id, delivery_id, ordinal) DO UPDATE SET change = EXCLUDED.change
        """, [.uuid, .uuid, .int4Array, .textArray])
    static let attempt = Statement(
        "queue_attempt",
        """
        INSERT INTO attempt (organization_id, delivery_id, id, started_at, ended_at, outcome, instances_sent,
            byte_count, error, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, [.uuid, .uuid, .uuid, .timestamp, .timestamp, .text, .int4, .int8, .jsonb, .jsonb])
    static let laneWorked = Statement(
        "queue_lane_worked",
        """
        UPDATE lane SET next_at = '-infinity', failures = 0, last_error = NULL
        WHERE organization_id = $1 AND integration_id = $2 AND failures > 0
        """, [.uuid, .uuid])
    /// Associations that fail at the same time count as one failure.
    static let laneFailed = Statement(
        "queue_lane_failed",
        """
        UPDATE lane SET failures = failures + (next_at <= now())::int, last_error = $4,
            next_at = greatest(next_at, now() + $3::float8 * interval '1 microsecond')
        WHERE organization_id = $1 AND integration_id = $2
        """, [.uuid, .uuid, .double, .jsonb])

    /// For a process that knows itself to be the only one: what is leased was leased before its own start.
    static let expireLeases = Statement(
        "queue_expire_leases", "UPDATE delivery SET lease_until = '-infinity' WHERE state = 'sending'")
    /// Workers lost: back in line, with what arrived kept; the fifth time in a row without progress given up, for the
    /// delivery may be what kills them.
    static let rescue = Statement(
        "queue_rescue",
        """
        WITH expired AS (
            SELECT organization_id, id FROM delivery WHERE state = 'sending' AND lease_until < now()
            LIMIT $1 FOR UPDATE SKIP LOCKED
        ), rescued AS (
            UPDATE delivery d SET rescue_count = d.rescue_count + 1, lease_owner = NULL, lease_until = NULL,
                lease_epoch = d.lease_epoch + 1,
                state = CASE WHEN d.rescue_count + 1 >= 5 THEN 'failed' ELSE 'ready' END,
                finished_at = CASE WHEN d.rescue_count + 1 >= 5 THEN now() END,
                last_error = CASE WHEN d.rescue_count + 1 >= 5 THEN $2 ELSE d.last_error END
            FROM expired e WHERE d.organization_id = e.organization_id AND d.id = e.id
            RETURNING d.organization_id, d.integration_id, d.class, d.id, d.state
        ), queued AS (
            INSERT INTO delivery_ready (organization_id, integration_id, class, run_at, delivery_id)
            SELECT organization_id, integration_id, class, now(), id FROM rescued WHERE state = 'ready'
        )
        SELECT count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'failed') FROM rescued
        """, [.int8, .jsonb])

    static let all = [
        lockLanes, claim, renew, relaxCommit, checkpoint, finish, putBack, enqueue, exceptions, clearExceptions,
        changes, attempt, laneWorked, laneFailed, expireLeases, rescue,
    ]
}
