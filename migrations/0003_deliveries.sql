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
