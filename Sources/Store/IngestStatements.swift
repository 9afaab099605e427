internal import Postgres

enum IngestStatements {
    /// Sorted, so that batches that run at the same time wait for each other rather than lock each other out.
    static let ensureStudies = Statement(
        "ingest_ensure_studies",
        """
        INSERT INTO study (organization_id, id, archive_id, study_instance_uid, patient_id, patient_name,
            patient_birth_date, patient_sex, study_date, study_time, description, accession_number)
        SELECT u.organization_id, causeway_uuid_v7(), u.archive_id, u.uid, u.patient_id, u.patient_name, u.birth_date,
            u.sex, u.date, u.time, u.description, u.accession
        FROM (
            SELECT DISTINCT ON (organization_id, archive_id, uid) * FROM unnest(
                $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[]
            ) WITH ORDINALITY n (organization_id, archive_id, uid, patient_id, patient_name, birth_date, sex, date,
                time, description, accession, ordinal)
            ORDER BY organization_id, archive_id, uid, ordinal
        ) u
        JOIN archive a ON a.organization_id = u.organization_id AND a.id = u.archive_id
        ORDER BY u.organization_id, u.archive_id, u.uid
        ON CONFLICT ON CONSTRAINT study_uid_key DO NOTHING
        """, [.uuidArray, .uuidArray] + Array(repeating: .textArray, count: 9))

    /// Adds what is new and moves the studies' timers.
    static let addInstances = Statement(
        "ingest_add_instances",
        """
        WITH added AS (
            INSERT INTO instance (organization_id, archive_id, id, study_id, series_instance_uid, sop_instance_uid,
                sop_class_uid, transfer_syntax_uid, modality, series_number, instance_number, number_of_frames,
                blob_key, byte_count, digest_algorithm, digest)
            SELECT n.organization_id, n.archive_id, n.id, s.id, n.series, n.sop, n.sop_class, n.syntax, n.modality,
                n.series_number, n.instance_number, n.frames, n.blob_key, n.byte_count, n.algorithm, n.digest
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::int4[], $11::int4[], $12::int4[], $13::text[], $14::int8[], $15::text[], $16::bytea[])
                n (organization_id, archive_id, id, study, series, sop, sop_class, syntax, modality, series_number,
                    instance_number, frames, blob_key, byte_count, algorithm, digest)
            JOIN study s ON s.organization_id = n.organization_id AND s.archive_id = n.archive_id
                AND s.study_instance_uid = n.study
            ORDER BY n.organization_id, n.archive_id, n.sop
            ON CONFLICT DO NOTHING
            RETURNING organization_id, archive_id, study_id, byte_count
        ), sums AS (
            SELECT organization_id, archive_id, study_id, count(*)::int AS added, sum(byte_count)::int8 AS bytes
            FROM added GROUP BY organization_id, archive_id, study_id
        ), locked AS (
            SELECT s.organization_id, s.id FROM study s
            JOIN sums ON sums.organization_id = s.organization_id AND sums.study_id = s.id
            ORDER BY s.organization_id, s.id FOR NO KEY UPDATE OF s
        )
        UPDATE study s SET instance_count = s.instance_count + sums.added, pending_count = s.pending_count + sums.added,
            byte_count = s.byte_count + sums.bytes, last_instance_at = now(),
            close_due_at = now() + a.save_after_quiet_seconds * interval '1 second'
        FROM locked, sums, archive a
        WHERE s.organization_id = locked.organization_id AND s.id = locked.id
            AND sums.organization_id = s.organization_id AND sums.study_id = s.id
            AND a.organization_id = s.organization_id AND a.id = s.archive_id
        """,
        [
            .uuidArray, .uuidArray, .uuidArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
            .int4Array, .int4Array, .int4Array, .textArray, .int8Array, .textArray, .bytesArray,
        ])

    /// What stands now under each SOP Instance UID of the batch, in its order.
    static let outcomes = Statement(
        "ingest_outcomes",
        """
        SELECT i.id, i.study_id, i.digest_algorithm, i.digest
        FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY n (organization_id, archive_id, sop, ordinal)
        LEFT JOIN instance i ON i.organization_id = n.organization_id AND i.archive_id = n.archive_id
            AND i.sop_instance_uid = n.sop
        ORDER BY n.ordinal
        """, [.uuidArray, .uuidArray, .textArray])

    static let all = [ensureStudies, addInstances, outcomes]
}
