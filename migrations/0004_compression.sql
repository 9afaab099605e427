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
