internal import Postgres

enum IntegrationStatements {
    static let columns = """
        i.organization_id, i.id, i.name, i.connection_id, i.called_aet, i.port, i.kind, i.calling_aet, \
        i.image_compression, i.cine_compression, i.image_transfer_syntax, i.cine_transfer_syntax, i.lossy_uid, \
        i.allow_recompress_lossy, i.max_instance_bytes, i.video_allowed, i.associations_max, i.state, i.version, \
        i.created_at
        """
    /// What a client sets, after the connection: types in the order of `create` and `update`.
    private static let specTypes: [PostgresType] = [
        .text, .text, .int4, .text, .text, .text, .text, .text, .text, .text, .bool, .int8, .bool, .int4, .text,
    ]

    /// The connection is locked, so that it is not deleted meanwhile. No row: there is no such connection.
    static let create = Statement(
        "integration_create",
        """
        WITH i AS (
            INSERT INTO integration (organization_id, id, connection_id, name, called_aet, port, kind, calling_aet,
                image_compression, cine_compression, image_transfer_syntax, cine_transfer_syntax, lossy_uid,
                allow_recompress_lossy, max_instance_bytes, video_allowed, associations_max, state)
            SELECT $1, causeway_uuid_v7(), c.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
            FROM (
                SELECT id FROM connection WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL FOR SHARE
            ) c
            RETURNING *
        ), laned AS (
            INSERT INTO lane (organization_id, integration_id) SELECT organization_id, id FROM i
        )
        SELECT \(columns) FROM i
        """, [.uuid, .uuid] + specTypes)
    static let get = Statement(
        "integration_get",
        "SELECT \(columns) FROM integration i WHERE i.organization_id = $1 AND i.id = $2 AND i.deleted_at IS NULL",
        [.uuid, .uuid])
    static let list = Statement(
        "integration_list",
        """
        SELECT \(columns) FROM integration i
        WHERE i.organization_id = $1 AND i.deleted_at IS NULL AND ($2::uuid IS NULL OR i.id > $2)
        ORDER BY i.id LIMIT $3
        """, [.uuid, .uuid, .int8])
    static let version = Statement(
        "integration_version",
        "SELECT version FROM integration WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL", [.uuid, .uuid])
    static let connectionExists = Statement(
        "integration_connection_exists",
        """
        SELECT true FROM connection WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL FOR SHARE
        """, [.uuid, .uuid])
    static let update = Statement(
        "integration_update",
        """
        UPDATE integration i SET connection_id = $4, name = $5, called_aet = $6, port = $7, kind = $8, calling_aet = $9,
            image_compression = $10, cine_compression = $11, image_transfer_syntax = $12, cine_transfer_syntax = $13,
            lossy_uid = $14, allow_recompress_lossy = $15, max_instance_bytes = $16, video_allowed = $17,
            associations_max = $18, state = $19, version = version + 1
        WHERE i.organization_id = $1 AND i.id = $2 AND i.deleted_at IS NULL AND ($3::int4 IS NULL OR i.version = $3)
            AND EXISTS (SELECT FROM connection WHERE organization_id = $1 AND id = $4 AND deleted_at IS NULL)
        RETURNING \(columns)
        """, [.uuid, .uuid, .int4, .uuid] + specTypes)
    /// What was wrong may be right now: the lane starts anew.
    static let wakeLane = Statement(
        "integration_wake_lane",
        """
        UPDATE lane SET next_at = '-infinity', failures = 0 WHERE organization_id = $1 AND integration_id = $2
        """, [.uuid, .uuid])
    static let lane = Statement(
        "integration_lane",
        """
        SELECT CASE WHEN next_at > now() THEN next_at END, failures, last_error, (
            SELECT count(*) FROM delivery_ready r
            WHERE r.organization_id = l.organization_id AND r.integration_id = l.integration_id)
        FROM lane l WHERE organization_id = $1 AND integration_id = $2
        """, [.uuid, .uuid])
    static let setState = Statement(
        "integration_set_state",
        """
        UPDATE integration i SET state = $3, version = version + (state <> $3)::int
        WHERE i.organization_id = $1 AND i.id = $2 AND i.deleted_at IS NULL RETURNING \(columns)
        """, [.uuid, .uuid, .text])
    static let lock = Statement(
        "integration_lock",
        "SELECT version FROM integration WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
        [.uuid, .uuid])
    static let delete = Statement(
        "integration_delete",
        """
        WITH reason AS (
            SELECT CASE
                WHEN EXISTS (SELECT FROM archive_destination WHERE organization_id = $1 AND integration_id = $2)
                    THEN 'archives still have the integration as a destination'
                WHEN EXISTS (SELECT FROM delivery WHERE organization_id = $1 AND integration_id = $2
                    AND state IN ('ready', 'waiting', 'sending'))
                    THEN 'deliveries to the integration are under way; cancel them first'
            END AS reason
        ), gone AS (
            UPDATE integration SET deleted_at = now()
            WHERE organization_id = $1 AND id = $2 AND (SELECT reason IS NULL FROM reason)
        ), laneless AS (
            DELETE FROM lane WHERE organization_id = $1 AND integration_id = $2 AND (SELECT reason IS NULL FROM reason)
        )
        SELECT reason FROM reason
        """, [.uuid, .uuid])

    static let all = [
        create, get, list, version, connectionExists, update, wakeLane, lane, setState, lock, delete,
    ]
}
