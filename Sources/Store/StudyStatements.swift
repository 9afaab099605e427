internal import Postgres

enum StudyStatements {
    private static let columns = """
        s.organization_id, s.id, s.archive_id, s.study_instance_uid, s.created_at, s.state, s.patient_id, \
        s.patient_name, s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.description, \
        s.accession_number, s.instance_count, s.pending_count, s.byte_count, s.last_instance_at, s.saved_at
        """

    static let get = Statement(
        "study_get", "SELECT \(columns) FROM study s WHERE s.organization_id = $1 AND s.id = $2", [.uuid, .uuid])
    static let byUID = Statement(
        "study_by_uid",
        """
        SELECT \(columns) FROM study s
        WHERE s.organization_id = $1 AND s.archive_id = $2 AND s.study_instance_uid = $3
        """, [.uuid, .uuid, .text])
    /// Newest first.
    static let list = Statement(
        "study_list",
        """
        SELECT \(columns) FROM study s
        WHERE s.organization_id = $1 AND ($2::uuid IS NULL OR s.archive_id = $2) AND ($3::text IS NULL OR s.state = $3)
            AND ($4::text IS NULL OR s.patient_id = $4) AND ($5::text IS NULL OR s.study_instance_uid = $5)
            AND ($6::text IS NULL OR s.study_date >= $6) AND ($7::text IS NULL OR s.study_date <= $7)
            AND ($8::uuid IS NULL OR s.id < $8)
        ORDER BY s.id DESC LIMIT $9
        """, [.uuid, .uuid, .text, .text, .text, .text, .text, .uuid, .int8])
    /// The newest delivery of each manifest to each integration.
    static let deliveries = Statement(
        "study_deliveries",
        """
        SELECT study_id, id, integration_id, state FROM (
            SELECT DISTINCT ON (study_id, manifest_id, integration_id) study_id, id, integration_id, state
            FROM delivery WHERE organization_id = $1 AND study_id = ANY($2)
            ORDER BY study_id, manifest_id, integration_id, replay_no DESC
        ) d ORDER BY id
        """, [.uuid, .uuidArray])

    /// In the order in which a manifest would have them.
    static let instances = Statement(
        "study_instances",
        """
        SELECT i.id, s.study_instance_uid, i.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.blob_key,
            i.byte_count, i.digest, i.digest_algorithm, i.transfer_syntax_uid, i.series_number, i.instance_number,
            i.number_of_frames
        FROM study s JOIN instance i ON i.organization_id = s.organization_id AND i.study_id = s.id
        WHERE s.organization_id = $1 AND s.id = $2
        ORDER BY i.series_number NULLS LAST, i.series_instance_uid, i.instance_number NULLS LAST, i.id LIMIT $3
        """, [.uuid, .uuid, .int8])
    /// Reports, key object selections and presentation states: what refers to other objects of the study.
    static let referring = Statement(
        "study_referring",
        """
        SELECT i.id, s.study_instance_uid, i.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.blob_key,
            i.byte_count, i.digest, i.digest_algorithm, i.transfer_syntax_uid, i.series_number, i.instance_number,
            i.number_of_frames
        FROM study s JOIN instance i ON i.organization_id = s.organization_id AND i.study_id = s.id
        WHERE s.organization_id = $1 AND s.id = $2
            AND (i.sop_class_uid LIKE '1.2.840.10008.5.1.4.1.1.88.%'
                OR i.sop_class_uid LIKE '1.2.840.10008.5.1.4.1.1.11.%')
        ORDER BY i.id LIMIT 1000
        """, [.uuid, .uuid])
    /// Under which other UID an integration got instances of the study.
    static let sentUIDs = Statement(
        "study_sent_uids",
        """
        SELECT i.sop_instance_uid, c.change->>'sopInstanceUID'
        FROM delivery d
        JOIN delivery_change c ON c.organization_id = d.organization_id AND c.delivery_id = d.id
        JOIN manifest m ON m.organization_id = d.organization_id AND m.id = d.manifest_id
        JOIN instance i ON i.organization_id = d.organization_id AND i.id = m.instance_ids[c.ordinal + 1]
        WHERE d.organization_id = $1 AND d.study_id = $2 AND d.integration_id = $3
            AND get_byte(d.done, c.ordinal / 8) >> (c.ordinal % 8) & 1 = 1
            AND c.change->>'sopInstanceUID' <> i.sop_instance_uid
        ORDER BY d.id
        """, [.uuid, .uuid, .uuid])

    static let lock = Statement(
        "study_lock", "SELECT state FROM study WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE",
        [.uuid, .uuid])
    /// Microseconds until the next study is due; null when none waits.
    static let nextDue = Statement(
        "study_next_due", "SELECT (extract(epoch FROM min(close_due_at) - now()) * 1000000)::int8 FROM study")
    static let due = Statement(
        "study_due",
        "SELECT organization_id, id FROM study WHERE close_due_at <= now() ORDER BY close_due_at LIMIT $1", [.int8])

    /// Freezes the instances that no manifest holds and creates the deliveries of that manifest. Must follow
    /// `study_lock` in the same transaction, so that its snapshot holds all that was recorded before. $3: only when
    /// the timer has run out.
    static let save = Statement(
        "study_save",
        """
        WITH subject AS (
            SELECT * FROM study
            WHERE organization_id = $1 AND id = $2 AND (NOT $3 OR close_due_at <= now())
        ), frozen AS (
            INSERT INTO manifest (organization_id, id, study_id, version, instance_ids, digest)
            SELECT $1, causeway_uuid_v7(), $2, s.manifest_version + 1,
                array_agg(i.id ORDER BY i.series_number NULLS LAST, i.series_instance_uid,
                    i.instance_number NULLS LAST, i.id),
                sha256(string_agg(uuid_send(i.id) || i.digest, ''::bytea ORDER BY i.series_number NULLS LAST,
                    i.series_instance_uid, i.instance_number NULLS LAST, i.id))
            FROM subject s JOIN instance i ON i.organization_id = $1 AND i.study_id = $2 AND i.manifest_id IS NULL
            GROUP BY s.manifest_version
            RETURNING id, version, instance_ids
        ), marked AS (
            UPDATE instance i SET manifest_id = f.id FROM frozen f
            WHERE i.organization_id = $1 AND i.id = ANY(f.instance_ids)
        ), made AS (
            INSERT INTO delivery (organization_id, id, study_id, manifest_id, integration_id, total, done)
            SELECT $1, causeway_uuid_v7(), $2, f.id, d.integration_id, cardinality(f.instance_ids),
                decode(repeat('00', (cardinality(f.instance_ids) + 7) / 8), 'hex')
            FROM frozen f, subject s
            JOIN archive_destination d ON d.organization_id = s.organization_id AND d.archive_id = s.archive_id
            ORDER BY d.place
            RETURNING id, integration_id, class
        ), queued AS (
            INSERT INTO delivery_ready (organization_id, integration_id, class, run_at, delivery_id)
            SELECT $1, integration_id, class, now(), id FROM made
        ), told AS (
            INSERT INTO webhook_event (organization_id, id, webhook_id, kind, payload, next_at)
            SELECT $1, causeway_uuid_v7(), w.id, 'study.saved', jsonb_build_object('studyId', s.id,
                'archiveId', s.archive_id, 'studyInstanceUID', s.study_instance_uid, 'manifestVersion', f.version,
                'instances', cardinality(f.instance_ids)), now()
            FROM frozen f, subject s, webhook w
            WHERE w.organization_id = $1 AND w.state = 'active' AND 'study.saved' = ANY(w.events)
        ), closed AS (
            UPDATE study s SET state = 'saved', saved_at = coalesce(s.saved_at, now()), close_due_at = NULL,
                pending_count = 0, manifest_version = coalesce((SELECT version FROM frozen), s.manifest_version)
            FROM subject WHERE s.organization_id = $1 AND s.id = subject.id
        )
        SELECT (SELECT version FROM frozen), (SELECT cardinality(instance_ids) FROM frozen),
            ARRAY(SELECT id FROM made ORDER BY id), ARRAY(SELECT integration_id FROM made ORDER BY id)
        """, [.uuid, .uuid, .bool])

    /// $3 `all`: destinations of the archive; `failed`: those of the study's deliveries. Else none.
    static let forwardTargets = Statement(
        "study_forward_targets",
        """
        SELECT DISTINCT i.id FROM integration i
        WHERE i.organization_id = $1 AND i.deleted_at IS NULL AND i.kind = 'pacs' AND i.id IN (
            SELECT d.integration_id FROM study s
            JOIN archive_destination d ON d.organization_id = s.organization_id AND d.archive_id = s.archive_id
            WHERE $3 = 'all' AND s.organization_id = $1 AND s.id = $2
            UNION ALL
            SELECT integration_id FROM delivery WHERE $3 = 'failed' AND organization_id = $1 AND study_id = $2
            UNION ALL
            SELECT * FROM unnest($4::uuid[]))
        """, [.uuid, .uuid, .text, .uuidArray])
    /// New deliveries beside the old ones. $4: only where the newest failed or was cancelled, keeping what arrived.
    static let forward = Statement(
        "study_forward",
        """
        WITH newest AS (
            SELECT DISTINCT ON (manifest_id, integration_id) * FROM delivery
            WHERE organization_id = $1 AND study_id = $2
            ORDER BY manifest_id, integration_id, replay_no DESC
        ), made AS (
            INSERT INTO delivery (organization_id, id, study_id, manifest_id, integration_id, replay_no, class, total,
                done, done_count)
            SELECT $1, causeway_uuid_v7(), $2, m.id, u.integration_id, coalesce(n.replay_no + 1, 0), 2,
                cardinality(m.instance_ids),
                CASE WHEN $4 THEN n.done ELSE decode(repeat('00', (cardinality(m.instance_ids) + 7) / 8), 'hex') END,
                CASE WHEN $4 THEN n.done_count ELSE 0 END
            FROM manifest m CROSS JOIN unnest($3::uuid[]) u (integration_id)
            LEFT JOIN newest n ON n.manifest_id = m.id AND n.integration_id = u.integration_id
            WHERE m.organization_id = $1 AND m.study_id = $2
                AND coalesce(n.state, '') NOT IN ('ready', 'waiting', 'sending')
                AND (NOT $4 OR n.state IN ('failed', 'cancelled'))
            ORDER BY m.version
            RETURNING id, integration_id, class
        ), queued AS (
            INSERT INTO delivery_ready (organization_id, integration_id, class, run_at, delivery_id)
            SELECT $1, integration_id, class, now(), id FROM made
        )
        SELECT id, integration_id FROM made ORDER BY id
        """, [.uuid, .uuid, .uuidArray, .bool])

    static let all = [
        get, byUID, list, deliveries, instances, referring, sentUIDs, lock, nextDue, due, save, forwardTargets, forward,
    ]
}
