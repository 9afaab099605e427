internal import Postgres

enum APIKeyStatements {
    private static let columns =
        "id, organization_id, key_id, name, role, expires_at, created_at, revoked_at, last_used_at"

    static let create = Statement(
        "api_key_create",
        """
        INSERT INTO api_key (id, organization_id, key_id, secret_hash, name, role, expires_at)
        VALUES (causeway_uuid_v7(), $1, $2, $3, $4, $5, $6) RETURNING \(columns)
        """, [.uuid, .text, .bytes, .text, .text, .timestamp])
    static let list = Statement(
        "api_key_list",
        """
        SELECT \(columns) FROM api_key
        WHERE organization_id IS NOT DISTINCT FROM $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
        """, [.uuid, .uuid, .int8])
    static let get = Statement(
        "api_key_get",
        "SELECT \(columns) FROM api_key WHERE organization_id IS NOT DISTINCT FROM $1 AND id = $2", [.uuid, .uuid])
    static let revoke = Statement(
        "api_key_revoke",
        """
        UPDATE api_key SET revoked_at = coalesce(revoked_at, now())
        WHERE organization_id IS NOT DISTINCT FROM $1 AND id = $2
        """, [.uuid, .uuid])
    static let find = Statement(
        "api_key_find", "SELECT \(columns), secret_hash FROM api_key WHERE key_id = $1", [.text])
    static let noteUse = Statement(
        "api_key_note_use",
        """
        UPDATE api_key SET last_used_at = now()
        WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        """, [.text])

    static let all = [create, list, get, revoke, find, noteUse]
}
