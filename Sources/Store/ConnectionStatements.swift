internal import Postgres

enum ConnectionStatements {
    static let columns = """
        c.organization_id, c.id, c.name, c.host, c.tls_mode, c.tls_policy, c.tls_verification, \
        c.tls_client_certificate, c.version, c.created_at
        """
    static let certificateColumns = """
        x.id, x.connection_id, x.purpose, x.state, x.source, x.pem, x.subject, x.fingerprint, x.spki_sha256, \
        x.not_before, x.not_after, x.has_private_key, x.created_at, x.key_downloaded_at
        """

    static let create = Statement(
        "connection_create",
        """
        INSERT INTO connection AS c (organization_id, id, name, host, tls_mode, tls_policy, tls_verification,
            tls_client_certificate)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING \(columns)
        """, [.uuid, .uuid, .text, .text, .text, .text, .text, .text])
    static let get = Statement(
        "connection_get",
        "SELECT \(columns) FROM connection c WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NULL",
        [.uuid, .uuid])
    static let list = Statement(
        "connection_list",
        """
        SELECT \(columns) FROM connection c
        WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND ($2::uuid IS NULL OR c.id > $2)
        ORDER BY c.id LIMIT $3
        """, [.uuid, .uuid, .int8])
    static let version = Statement(
        "connection_version",
        "SELECT version FROM connection WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL", [.uuid, .uuid])
    static let update = Statement(
        "connection_update",
        """
        UPDATE connection c SET name = $4, host = $5, tls_mode = $6, tls_policy = $7, tls_verification = $8,
            tls_client_certificate = $9, version = version + 1
        WHERE c.organization_id = $1 AND c.id = $2 AND c.deleted_at IS NULL AND ($3::int4 IS NULL OR c.version = $3)
        RETURNING \(columns)
        """, [.uuid, .uuid, .int4, .text, .text, .text, .text, .text, .text])
    static let lock = Statement(
        "connection_lock",
        "SELECT version FROM connection WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
        [.uuid, .uuid])
    /// Keys go with it.
    static let delete = Statement(
        "connection_delete",
        """
        WITH reason AS (
            SELECT CASE WHEN EXISTS (
                SELECT FROM integration WHERE organization_id = $1 AND connection_id = $2 AND deleted_at IS NULL
            ) THEN 'integrations still use the connection' END AS reason
        ), gone AS (
            UPDATE connection SET deleted_at = now()
            WHERE organization_id = $1 AND id = $2 AND (SELECT reason IS NULL FROM reason)
        ), shredded AS (
            UPDATE certificate SET private_key = NULL, state = 'retired'
            WHERE organization_id = $1 AND connection_id = $2 AND (SELECT reason IS NULL FROM reason)
        )
        SELECT reason FROM reason
        """, [.uuid, .uuid])

    static let certificateAdd = Statement(
        "certificate_add",
        """
        INSERT INTO certificate AS x (organization_id, id, connection_id, purpose, state, source, pem, subject,
            fingerprint, spki_sha256, not_before, not_after, has_private_key, private_key)
        SELECT $1, $2, c.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::bytea IS NOT NULL, $13
        FROM connection c WHERE c.organization_id = $1 AND c.id = $3 AND c.deleted_at IS NULL
        RETURNING \(certificateColumns)
        """,
        [.uuid, .uuid, .uuid, .text, .text, .text, .text, .text, .text, .text, .timestamp, .timestamp, .bytes])
    static let certificateList = Statement(
        "certificate_list",
        """
        SELECT \(certificateColumns) FROM certificate x
        WHERE x.organization_id = $1 AND x.connection_id = ANY($2)
        ORDER BY x.connection_id, x.state = 'retired', x.state, x.id DESC
        """, [.uuid, .uuidArray])
    static let certificateGet = Statement(
        "certificate_get",
        """
        SELECT \(certificateColumns), x.private_key
        FROM certificate x JOIN connection c ON c.organization_id = x.organization_id AND c.id = x.connection_id
        WHERE x.organization_id = $1 AND x.id = $2 AND x.connection_id = $3 AND c.deleted_at IS NULL
        """, [.uuid, .uuid, .uuid])
    static let certificateRetireActive = Statement(
        "certificate_retire_active",
        """
        UPDATE certificate o SET state = 'retired' FROM certificate n
        WHERE n.organization_id = $1 AND n.id = $2 AND n.connection_id = $3
            AND o.organization_id = $1 AND o.connection_id = $3 AND o.purpose = n.purpose
            AND o.state = 'active' AND o.id <> n.id
        """, [.uuid, .uuid, .uuid])
    static let certificateActivate = Statement(
        "certificate_activate",
        """
        UPDATE certificate x SET state = 'active'
        WHERE x.organization_id = $1 AND x.id = $2 AND x.connection_id = $3
        RETURNING \(certificateColumns)
        """, [.uuid, .uuid, .uuid])
    /// Gives the key as it was before.
    static let certificateTakeKey = Statement(
        "certificate_take_key",
        """
        UPDATE certificate x SET key_downloaded_at = now(), private_key = NULL
        FROM (
            SELECT organization_id, id, private_key FROM certificate
            WHERE organization_id = $1 AND id = $2 AND connection_id = $3 FOR UPDATE
        ) old
        WHERE x.organization_id = old.organization_id AND x.id = old.id
            AND x.purpose = 'server' AND old.private_key IS NOT NULL
        RETURNING \(certificateColumns), old.private_key
        """, [.uuid, .uuid, .uuid])

    static let all = [
        create, get, list, version, update, lock, delete, certificateAdd, certificateList, certificateGet,
        certificateRetireActive, certificateActivate, certificateTakeKey,
    ]
}
