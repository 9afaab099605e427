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
