// Written by scripts/generate-migrations from migrations/; do not edit.
package import Postgres

/// The schema, step by step, as in `migrations/`.
package enum Migrations {
    package static let all: [Migration] = [
        Migration(
            version: 1, name: "0001_configuration",
            sql: #"""
                -- Purpose: organizations, keys, connections, integrations, archives, webhooks; audit and idempotency; what the
                --          installation knows of itself.
                -- Locks:   only new tables.
                -- Order:   before the program that uses them.
                --
                -- Rules of the schema: the key of every tenant table begins with organization_id, and so does every foreign key, so
                -- that no row can refer to another tenant's. Text with CHECK rather than enums (enum comparison is not leakproof).
                -- Times are the database's.

                -- Version 7 UUID (RFC 9562 5.7): 48 bits of milliseconds, the rest random.
                CREATE FUNCTION causeway_uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
                    SELECT encode(
                        set_bit(set_bit(
                            overlay(uuid_send(gen_random_uuid())
                                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                                FROM 1 FOR 6),
                            52, 1), 53, 1), 'hex')::uuid
                $$;

                CREATE TABLE server_setting (
                    name text PRIMARY KEY,
                    value jsonb NOT NULL,
                    updated_at timestamptz NOT NULL DEFAULT now()
                );

                -- One row: a known text encrypted under the master key, so that a wrong key fails at start and not at use.
                CREATE TABLE master_key_check (
                    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
                    ciphertext bytea NOT NULL,
                    created_at timestamptz NOT NULL DEFAULT now()
                );

                CREATE TABLE organization (
                    id uuid PRIMARY KEY,
                    name text NOT NULL,
                    version int NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    CONSTRAINT organization_name_key UNIQUE (name)
                );

                -- organization_id is null for platform keys, hence no composite key.
                CREATE TABLE api_key (
                    id uuid PRIMARY KEY,
                    organization_id uuid REFERENCES organization ON DELETE CASCADE,
                    key_id text NOT NULL,
                    secret_hash bytea NOT NULL,
                    name text NOT NULL,
                    role text NOT NULL CHECK (role IN ('admin', 'operator', 'uploader', 'viewer')),
                    created_at timestamptz NOT NULL DEFAULT now(),
                    expires_at timestamptz,
                    revoked_at timestamptz,
                    last_used_at timestamptz,
                    CONSTRAINT api_key_key_id_key UNIQUE (key_id)
                );
                CREATE INDEX api_key_organization ON api_key (organization_id, id);

                -- Configuration is deleted softly: deliveries and the ledger go on naming it.
                CREATE TABLE connection (
                    organization_id uuid NOT NULL REFERENCES organization ON DELETE CASCADE,
                    id uuid NOT NULL,
                    name text NOT NULL,
                    host text NOT NULL,
                    tls_mode text NOT NULL CHECK (tls_mode IN ('active', 'inactive')),
                    tls_policy text NOT NULL CHECK (tls_policy IN ('bcp195', 'tls12', 'bcp195-modified')),
                    tls_verification text NOT NULL CHECK (tls_verification IN ('pin', 'ca', 'none')),
                    tls_client_certificate text NOT NULL CHECK (tls_client_certificate IN ('none', 'generate')),
                    version int NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    deleted_at timestamptz,
                    PRIMARY KEY (organization_id, id)
                );
                CREATE UNIQUE INDEX connection_name_key ON connection (organization_id, name) WHERE deleted_at IS NULL;

                CREATE TABLE certificate (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    connection_id uuid NOT NULL,
                    purpose text NOT NULL CHECK (purpose IN ('server', 'client')),
                    state text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
                    source text NOT NULL CHECK (source IN ('generate', 'csr', 'upload')),
                    pem text NOT NULL,
                    subject text NOT NULL,
                    fingerprint text NOT NULL,
                    spki_sha256 text NOT NULL,
                    not_before timestamptz NOT NULL,
                    not_after timestamptz NOT NULL,
                    has_private_key boolean NOT NULL,
                    -- Forgotten when the key was downloaded.
                    private_key bytea,
                    key_downloaded_at timestamptz,
                    -- First and latest time the certificate was seen in a handshake with the site.
                    first_seen_at timestamptz,
                    last_seen_at timestamptz,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT certificate_connection_fkey
                        FOREIGN KEY (organization_id, connection_id) REFERENCES connection ON DELETE CASCADE
                );
                CREATE INDEX certificate_connection ON certificate (organization_id, connection_id);
                CREATE UNIQUE INDEX certificate_active_key ON certificate (organization_id, connection_id, purpose)
                    WHERE state = 'active';

                CREATE TABLE integration (
                    organization_id uuid NOT NULL REFERENCES organization ON DELETE CASCADE,
                    id uuid NOT NULL,
                    connection_id uuid NOT NULL,
                    name text NOT NULL,
                    kind text NOT NULL CHECK (kind IN ('pacs', 'worklist')),
                    calling_aet text NOT NULL,
                    called_aet text NOT NULL,
                    port int NOT NULL CHECK (port BETWEEN 1 AND 65535),
                    image_compression text NOT NULL,
                    cine_compression text NOT NULL,
                    associations_max int NOT NULL CHECK (associations_max > 0),
                    state text NOT NULL CHECK (state IN ('active', 'paused')),
                    version int NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    deleted_at timestamptz,
                    PRIMARY KEY (organization_id, id),
                    -- Rows go only with the whole organization.
                    CONSTRAINT integration_connection_fkey
                        FOREIGN KEY (organization_id, connection_id) REFERENCES connection ON DELETE CASCADE
                );
                CREATE UNIQUE INDEX integration_name_key ON integration (organization_id, name) WHERE deleted_at IS NULL;
                CREATE INDEX integration_connection ON integration (organization_id, connection_id);

                -- What the workers know of a destination as a whole. Updated often, hence short rows, room on the page, eager vacuum.
                CREATE TABLE lane (
                    organization_id uuid NOT NULL,
                    integration_id uuid NOT NULL,
                    -- Nothing is claimed before; failures of the destination push it out.
                    next_at timestamptz NOT NULL DEFAULT '-infinity',
                    -- In a row.
                    failures int NOT NULL DEFAULT 0,
                    last_error jsonb,
                    -- Lanes take turns: the one not served for longest comes first.
                    served_at timestamptz NOT NULL DEFAULT '-infinity',
                    weight int NOT NULL DEFAULT 1,
                    pass bigint NOT NULL DEFAULT 0,
                    lease_owner uuid,
                    lease_epoch bigint NOT NULL DEFAULT 0,
                    lease_until timestamptz,
                    breaker_state text NOT NULL DEFAULT 'closed' CHECK (breaker_state IN ('closed', 'open', 'halfOpen')),
                    breaker_until timestamptz,
                    PRIMARY KEY (organization_id, integration_id),
                    CONSTRAINT lane_integration_fkey
                        FOREIGN KEY (organization_id, integration_id) REFERENCES integration ON DELETE CASCADE
                ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

                CREATE TABLE archive (
                    organization_id uuid NOT NULL REFERENCES organization ON DELETE CASCADE,
                    id uuid NOT NULL,
                    name text NOT NULL,
                    -- 0: at once, as instances arrive; null: only when asked.
                    save_after_quiet_seconds int CHECK (save_after_quiet_seconds BETWEEN 0 AND 86400),
                    receive_called_aet text,
                    receive_calling_aets text[] NOT NULL DEFAULT '{}',
                    version int NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT archive_name_key UNIQUE (organization_id, name)
                );
                -- The called AE title is all that a C-STORE peer says, so it names one archive of the installation.
                CREATE UNIQUE INDEX archive_receive_called_aet_key ON archive (receive_called_aet) WHERE receive_called_aet IS NOT NULL;

                CREATE TABLE archive_destination (
                    organization_id uuid NOT NULL,
                    archive_id uuid NOT NULL,
                    integration_id uuid NOT NULL,
                    place int NOT NULL,
                    PRIMARY KEY (organization_id, archive_id, integration_id),
                    CONSTRAINT archive_destination_archive_fkey
                        FOREIGN KEY (organization_id, archive_id) REFERENCES archive ON DELETE CASCADE,
                    CONSTRAINT archive_destination_integration_fkey
                        FOREIGN KEY (organization_id, integration_id) REFERENCES integration ON DELETE CASCADE
                );
                CREATE INDEX archive_destination_integration ON archive_destination (organization_id, integration_id);

                CREATE TABLE webhook (
                    organization_id uuid NOT NULL REFERENCES organization ON DELETE CASCADE,
                    id uuid NOT NULL,
                    url text NOT NULL,
                    events text[] NOT NULL,
                    state text NOT NULL CHECK (state IN ('active', 'paused')),
                    secret bytea NOT NULL,
                    version int NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, id)
                );

                -- Outbox: written in the transaction that made the event true.
                CREATE TABLE webhook_event (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    webhook_id uuid NOT NULL,
                    kind text NOT NULL,
                    payload jsonb NOT NULL,
                    attempts int NOT NULL DEFAULT 0,
                    -- Null: finished, or given up when last_error stands.
                    next_at timestamptz,
                    last_error text,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    finished_at timestamptz,
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT webhook_event_webhook_fkey
                        FOREIGN KEY (organization_id, webhook_id) REFERENCES webhook ON DELETE CASCADE
                ) WITH (autovacuum_vacuum_scale_factor = 0.02);
                CREATE INDEX webhook_event_due ON webhook_event (next_at) WHERE next_at IS NOT NULL;
                CREATE INDEX webhook_event_webhook ON webhook_event (organization_id, webhook_id);

                -- Outlives what it speaks of: no foreign keys. In an external database give the program's role INSERT and SELECT only.
                CREATE TABLE audit_event (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    at timestamptz NOT NULL,
                    actor text NOT NULL,
                    action text NOT NULL,
                    object_kind text NOT NULL,
                    object_id uuid,
                    outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
                    address text,
                    detail jsonb NOT NULL,
                    PRIMARY KEY (organization_id, id)
                );

                CREATE TABLE idempotency (
                    organization_id uuid NOT NULL REFERENCES organization ON DELETE CASCADE,
                    key text NOT NULL,
                    request_hash bytea NOT NULL,
                    -- Null while the request is running.
                    status int,
                    headers jsonb,
                    body bytea,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, key)
                );
                CREATE INDEX idempotency_created ON idempotency (created_at);

                """#),
        Migration(
            version: 2, name: "0002_studies",
            sql: #"""
                -- Purpose: studies, instances, manifests.
                -- Locks:   only new tables.
                -- Order:   before the program that uses them.

                CREATE TABLE study (
                    organization_id uuid NOT NULL REFERENCES organization,
                    id uuid NOT NULL,
                    archive_id uuid NOT NULL,
                    study_instance_uid text NOT NULL,
                    state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'saved')),
                    patient_id text NOT NULL DEFAULT '',
                    patient_name text NOT NULL DEFAULT '',
                    patient_birth_date text NOT NULL DEFAULT '',
                    patient_sex text NOT NULL DEFAULT '',
                    study_date text NOT NULL DEFAULT '',
                    study_time text NOT NULL DEFAULT '',
                    description text NOT NULL DEFAULT '',
                    accession_number text NOT NULL DEFAULT '',
                    instance_count int NOT NULL DEFAULT 0,
                    -- Instances that no manifest holds.
                    pending_count int NOT NULL DEFAULT 0,
                    byte_count bigint NOT NULL DEFAULT 0,
                    manifest_version int NOT NULL DEFAULT 0,
                    last_instance_at timestamptz NOT NULL DEFAULT now(),
                    -- The durable timer of the save after a quiet time: moved on by each instance, in the instance's own transaction.
                    close_due_at timestamptz,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    saved_at timestamptz,
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT study_uid_key UNIQUE (organization_id, archive_id, study_instance_uid),
                    CONSTRAINT study_archive_fkey FOREIGN KEY (organization_id, archive_id) REFERENCES archive
                ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
                CREATE INDEX study_close_due ON study (close_due_at) WHERE close_due_at IS NOT NULL;
                CREATE INDEX study_patient ON study (organization_id, patient_id, id);
                CREATE INDEX study_date ON study (organization_id, study_date, id);

                CREATE TABLE manifest (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    study_id uuid NOT NULL,
                    version int NOT NULL,
                    -- In the order of sending; the place is the ordinal of the deliveries' bitmaps.
                    instance_ids uuid[] NOT NULL,
                    digest bytea NOT NULL,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT manifest_version_key UNIQUE (organization_id, study_id, version),
                    CONSTRAINT manifest_study_fkey FOREIGN KEY (organization_id, study_id) REFERENCES study
                );

                CREATE TABLE instance (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    archive_id uuid NOT NULL,
                    study_id uuid NOT NULL,
                    series_instance_uid text NOT NULL,
                    sop_instance_uid text NOT NULL,
                    sop_class_uid text NOT NULL,
                    transfer_syntax_uid text NOT NULL,
                    modality text NOT NULL DEFAULT '',
                    series_number int,
                    instance_number int,
                    number_of_frames int NOT NULL DEFAULT 1,
                    blob_key text NOT NULL,
                    byte_count bigint NOT NULL,
                    digest_algorithm text NOT NULL,
                    digest bytea NOT NULL,
                    -- The manifest that holds it; null until it is saved.
                    manifest_id uuid,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT instance_sop_key UNIQUE (organization_id, archive_id, sop_instance_uid),
                    CONSTRAINT instance_study_fkey FOREIGN KEY (organization_id, study_id) REFERENCES study,
                    CONSTRAINT instance_manifest_fkey FOREIGN KEY (organization_id, manifest_id) REFERENCES manifest
                ) WITH (fillfactor = 85);
                CREATE INDEX instance_study ON instance (organization_id, study_id);

                """#),
        Migration(
            version: 3, name: "0003_deliveries",
            sql: #"""
                -- Purpose: deliveries, their queue, attempts, ledger.
                -- Locks:   only new tables.
                -- Order:   before the program that uses them.

                -- One manifest to one integration. The progress of the instances is a bitmap (bit n of byte n/8 = ordinal), updated in
                -- place (HOT): no index may hold done, the counts, the lease or next_at.
                CREATE TABLE delivery (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    study_id uuid NOT NULL,
                    manifest_id uuid NOT NULL,
                    integration_id uuid NOT NULL,
                    -- 0 for the one that the save made; a resend is a new row.
                    replay_no int NOT NULL DEFAULT 0,
                    -- 0 stat, 1 normal, 2 bulk and resends
                    class smallint NOT NULL DEFAULT 1 CHECK (class BETWEEN 0 AND 2),
                    state text NOT NULL DEFAULT 'ready' CHECK (state IN
                        ('ready', 'waiting', 'sending', 'delivered', 'deliveredWithWarnings', 'failed', 'cancelled')),
                    total int NOT NULL,
                    done bytea NOT NULL,
                    done_count int NOT NULL DEFAULT 0,
                    warned_count int NOT NULL DEFAULT 0,
                    failed_count int NOT NULL DEFAULT 0,
                    -- Failures that counted.
                    attempt int NOT NULL DEFAULT 0,
                    -- Workers lost with it; separate from attempt.
                    rescue_count int NOT NULL DEFAULT 0,
                    next_at timestamptz,
                    lease_owner uuid,
                    lease_epoch bigint NOT NULL DEFAULT 0,
                    lease_until timestamptz,
                    last_error jsonb,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    finished_at timestamptz,
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT delivery_once_key UNIQUE (organization_id, integration_id, manifest_id, replay_no),
                    CONSTRAINT delivery_study_fkey FOREIGN KEY (organization_id, study_id) REFERENCES study,
                    CONSTRAINT delivery_manifest_fkey FOREIGN KEY (organization_id, manifest_id) REFERENCES manifest,
                    CONSTRAINT delivery_integration_fkey FOREIGN KEY (organization_id, integration_id) REFERENCES integration,
                    CONSTRAINT delivery_lease_check CHECK ((state = 'sending') = (lease_owner IS NOT NULL))
                ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
                CREATE INDEX delivery_study ON delivery (organization_id, study_id, id);
                CREATE INDEX delivery_state ON delivery (organization_id, state, id);
                CREATE INDEX delivery_sending ON delivery (organization_id, integration_id) WHERE state = 'sending';
                CREATE INDEX delivery_failed ON delivery (organization_id) WHERE state = 'failed';

                -- What may be claimed: insert and delete only, small, vacuumed eagerly.
                CREATE TABLE delivery_ready (
                    organization_id uuid NOT NULL,
                    integration_id uuid NOT NULL,
                    class smallint NOT NULL,
                    run_at timestamptz NOT NULL,
                    delivery_id uuid NOT NULL,
                    PRIMARY KEY (organization_id, delivery_id),
                    CONSTRAINT delivery_ready_delivery_fkey
                        FOREIGN KEY (organization_id, delivery_id) REFERENCES delivery ON DELETE CASCADE
                ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
                CREATE INDEX delivery_ready_lane ON delivery_ready (organization_id, integration_id, class, run_at, delivery_id);

                -- Instances answered with something else than success.
                CREATE TABLE delivery_exception (
                    organization_id uuid NOT NULL,
                    delivery_id uuid NOT NULL,
                    ordinal int NOT NULL,
                    status int NOT NULL,
                    attempts int NOT NULL,
                    message text NOT NULL,
                    PRIMARY KEY (organization_id, delivery_id, ordinal),
                    CONSTRAINT delivery_exception_delivery_fkey
                        FOREIGN KEY (organization_id, delivery_id) REFERENCES delivery ON DELETE CASCADE
                );

                CREATE TABLE attempt (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    delivery_id uuid NOT NULL,
                    started_at timestamptz NOT NULL,
                    ended_at timestamptz NOT NULL,
                    outcome text NOT NULL CHECK (outcome IN ('succeeded', 'partial', 'failed')),
                    instances_sent int NOT NULL,
                    byte_count bigint NOT NULL,
                    error jsonb,
                    detail jsonb NOT NULL,
                    PRIMARY KEY (organization_id, id),
                    CONSTRAINT attempt_delivery_fkey
                        FOREIGN KEY (organization_id, delivery_id) REFERENCES delivery ON DELETE CASCADE
                );
                CREATE INDEX attempt_delivery ON attempt (organization_id, delivery_id, id);

                -- Append-only proof; outlives what it speaks of: no foreign keys. In an external database give the program's role
                -- INSERT and SELECT only. Months are split off the default partition by the operator when it grows.
                CREATE TABLE ledger (
                    organization_id uuid NOT NULL,
                    id uuid NOT NULL,
                    recorded_at timestamptz NOT NULL DEFAULT now(),
                    delivery_id uuid NOT NULL,
                    study_instance_uid text NOT NULL,
                    integration_id uuid NOT NULL,
                    started_at timestamptz NOT NULL,
                    ended_at timestamptz NOT NULL,
                    destination jsonb NOT NULL,
                    outcome text NOT NULL,
                    -- [[status, count], ...] in the order of the manifest
                    statuses jsonb NOT NULL,
                    instance_count int NOT NULL,
                    byte_count bigint NOT NULL,
                    manifest_digest bytea NOT NULL,
                    assurance smallint NOT NULL CHECK (assurance BETWEEN 1 AND 3),
                    changes jsonb NOT NULL,
                    lease_owner uuid NOT NULL,
                    lease_epoch bigint NOT NULL,
                    PRIMARY KEY (organization_id, id, recorded_at)
                ) PARTITION BY RANGE (recorded_at);
                CREATE TABLE ledger_default PARTITION OF ledger DEFAULT;
                CREATE INDEX ledger_delivery ON ledger (organization_id, delivery_id);
                CREATE INDEX ledger_study ON ledger (organization_id, study_instance_uid);

                """#),
        Migration(
            version: 4, name: "0004_compression",
            sql: #"""
                -- Purpose: compression of an integration beyond its two levels; what was changed on the way, instance by instance.
                -- Locks:   integration for a moment (new columns with constant defaults); else a new table.
                -- Order:   before the program that uses them.

                ALTER TABLE integration
                    -- Instead of the syntax that the level would choose; null: the level's.
                    ADD COLUMN image_transfer_syntax text,
                    ADD COLUMN cine_transfer_syntax text,
                    ADD COLUMN lossy_uid text NOT NULL DEFAULT 'new' CHECK (lossy_uid IN ('new', 'keep')),
                    ADD COLUMN allow_recompress_lossy boolean NOT NULL DEFAULT false,
                    ADD COLUMN max_instance_bytes bigint NOT NULL DEFAULT 2147483648 CHECK (max_instance_bytes > 0),
                    ADD COLUMN video_allowed boolean NOT NULL DEFAULT false;

                -- Instances that went out otherwise than stored: which UID and syntax, by which codec, with which figures, and why.
                CREATE TABLE delivery_change (
                    organization_id uuid NOT NULL,
                    delivery_id uuid NOT NULL,
                    ordinal int NOT NULL,
                    change jsonb NOT NULL,
                    PRIMARY KEY (organization_id, delivery_id, ordinal),
                    CONSTRAINT delivery_change_delivery_fkey
                        FOREIGN KEY (organization_id, delivery_id) REFERENCES delivery ON DELETE CASCADE
                );

                """#),
    ]
}
