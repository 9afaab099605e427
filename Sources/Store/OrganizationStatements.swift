internal import Postgres

enum OrganizationStatements {
    private static let columns = "id, name, version, created_at"

    static let create = Statement(
        "organization_create",
        "INSERT INTO organization (id, name) VALUES (causeway_uuid_v7(), $1) RETURNING \(columns)", [.text])
    static let get = Statement("organization_get", "SELECT \(columns) FROM organization WHERE id = $1", [.uuid])
    static let named = Statement("organization_named", "SELECT \(columns) FROM organization WHERE name = $1", [.text])
    static let list = Statement(
        "organization_list",
        "SELECT \(columns) FROM organization WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2", [.uuid, .int8])
    static let version = Statement("organization_version", "SELECT version FROM organization WHERE id = $1", [.uuid])
    static let update = Statement(
        "organization_update",
        """
        UPDATE organization SET name = $3, version = version + 1
        WHERE id = $1 AND ($2::int4 IS NULL OR version = $2) RETURNING \(columns)
        """, [.uuid, .int4, .text])
    static let lock = Statement(
        "organization_lock", "SELECT version FROM organization WHERE id = $1 FOR UPDATE", [.uuid])
    static let delete = Statement(
        "organization_delete",
        """
        WITH reason AS (
            SELECT CASE WHEN EXISTS (SELECT FROM study WHERE organization_id = $1)
                THEN 'the organization still has studies' END AS reason
        ), gone AS (DELETE FROM organization WHERE id = $1 AND (SELECT reason IS NULL FROM reason))
        SELECT reason FROM reason
        """, [.uuid])

    static let all = [create, get, named, list, version, update, lock, delete]
}
