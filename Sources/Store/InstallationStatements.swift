package import Postgres

enum InstallationStatements {
    static let ping = Statement("installation_ping", "SELECT 1")
    /// Each part reads a small table or a partial index.
    static let figures = Statement(
        "installation_figures",
        """
        SELECT (SELECT count(*) FROM delivery_ready WHERE run_at <= now()),
            (SELECT count(*) FROM delivery_ready WHERE run_at > now()),
            (SELECT count(*) FROM delivery WHERE state = 'sending'),
            (SELECT count(*) FROM delivery WHERE state = 'failed'),
            (SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8 FROM delivery_ready
                WHERE run_at <= now()),
            (SELECT count(*) FROM study WHERE close_due_at IS NOT NULL),
            (SELECT count(*) FROM webhook_event WHERE next_at IS NOT NULL)
        """)
    static let keepMasterKeyCheck = Statement(
        "installation_keep_master_key_check",
        "INSERT INTO master_key_check (ciphertext) VALUES ($1) ON CONFLICT DO NOTHING", [.bytes])
    static let masterKeyCheck = Statement(
        "installation_master_key_check", "SELECT ciphertext FROM master_key_check")

    /// A request that has not ended after five minutes died with its server: the next one may go ahead.
    static let beginIdempotent = Statement(
        "idempotency_begin",
        """
        INSERT INTO idempotency AS k (organization_id, key, request_hash) VALUES ($1, $2, $3)
        ON CONFLICT (organization_id, key) DO UPDATE SET created_at = now(), request_hash = EXCLUDED.request_hash
        WHERE k.status IS NULL AND k.created_at < now() - interval '5 minutes'
        RETURNING true
        """, [.uuid, .text, .bytes])
    static let idempotent = Statement(
        "idempotency_get",
        "SELECT request_hash, status, headers, body FROM idempotency WHERE organization_id = $1 AND key = $2",
        [.uuid, .text])
    static let finishIdempotent = Statement(
        "idempotency_finish",
        "UPDATE idempotency SET status = $3, headers = $4, body = $5 WHERE organization_id = $1 AND key = $2",
        [.uuid, .text, .int4, .jsonb, .bytes])
    static let abandonIdempotent = Statement(
        "idempotency_abandon",
        "DELETE FROM idempotency WHERE organization_id = $1 AND key = $2 AND status IS NULL", [.uuid, .text])
    static let purgeIdempotency = Statement(
        "idempotency_purge", "DELETE FROM idempotency WHERE created_at < now() - interval '24 hours'")

    static let all = [
        ping, figures, keepMasterKeyCheck, masterKeyCheck, beginIdempotent, idempotent, finishIdempotent,
        abandonIdempotent, purgeIdempotency,
    ]
}

/// Every statement of the store; a test prepares each against the migrated schema.
package enum StoreStatements {
    package static let all: [Statement] = [
        OrganizationStatements.all, APIKeyStatements.all, ConnectionStatements.all, IntegrationStatements.all,
        ArchiveStatements.all, WebhookStatements.all, IngestStatements.all, StudyStatements.all, QueueStatements.all,
        DeliveryStatements.all, LedgerStatements.all, InstallationStatements.all,
    ].flatMap { $0 }
}
