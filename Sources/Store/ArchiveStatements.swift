internal import Postgres

enum ArchiveStatements {
    private static let columns = """
        a.organization_id, a.id, a.name, a.save_after_quiet_seconds, a.receive_called_aet, a.receive_calling_aets, \
        ARRAY(SELECT d.integration_id FROM archive_destination d \
        WHERE d.organization_id = a.organization_id AND d.archive_id = a.id ORDER BY d.place), a.version, a.created_at
        """

    /// Locked, so that none is deleted meanwhile.
    static let usableDestinations = Statement(
        "archive_usable_destinations",
        """
        SELECT id FROM integration
        WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL AND kind = 'pacs' ORDER BY id FOR SHARE
        """, [.uuid, .uuidArray])
    static let create = Statement(
        "archive_create",
        """
        INSERT INTO archive (organization_id, id, name, save_after_quiet_seconds, receive_called_aet,
            receive_calling_aets)
        VALUES ($1, $2, $3, $4, $5, $6)
        """, [.uuid, .uuid, .text, .int4, .text, .textArray])
    static let update = Statement(
        "archive_update",
        """
        UPDATE archive SET name = $3, save_after_quiet_seconds = $4, receive_called_aet = $5, receive_calling_aets = $6,
            version = version + 1
        WHERE organization_id = $1 AND id = $2
        """, [.uuid, .uuid, .text, .int4, .text, .textArray])
    static let clearDestinations = Statement(
        "archive_clear_destinations",
        "DELETE FROM archive_destination WHERE organization_id = $1 AND archive_id = $2", [.uuid, .uuid])
    static let addDestinations = Statement(
        "archive_add_destinations",
        """
        INSERT INTO archive_destination (organization_id, archive_id, integration_id, place)
        SELECT $1, $2, u.id, u.place FROM unnest($3::uuid[]) WITH ORDINALITY u (id, place)
        """, [.uuid, .uuid, .uuidArray])
    static let get = Statement(
        "archive_get", "SELECT \(columns) FROM archive a WHERE a.organization_id = $1 AND a.id = $2", [.uuid, .uuid])
    static let list = Statement(
        "archive_list",
        """
        SELECT \(columns) FROM archive a WHERE a.organization_id = $1 AND ($2::uuid IS NULL OR a.id > $2)
        ORDER BY a.id LIMIT $3
        """, [.uuid, .uuid, .int8])
    static let calledAET = Statement(
        "archive_called_aet", "SELECT \(columns) FROM archive a WHERE a.receive_called_aet = $1", [.text])
    static let lock = Statement(
        "archive_lock", "SELECT version FROM archive WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        [.uuid, .uuid])
    static let delete = Statement(
        "archive_delete",
        """
        WITH reason AS (
            SELECT CASE WHEN EXISTS (SELECT FROM study WHERE organization_id = $1 AND archive_id = $2)
                THEN 'the archive still has studies' END AS reason
        ), gone AS (
            DELETE FROM archive WHERE organization_id = $1 AND id = $2 AND (SELECT reason IS NULL FROM reason)
        )
        SELECT reason FROM reason
        """, [.uuid, .uuid])

    static let all = [
        usableDestinations, create, update, clearDestinations, addDestinations, get, list, calledAET, lock, delete,
    ]
}
