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
