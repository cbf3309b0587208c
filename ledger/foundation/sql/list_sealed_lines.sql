-- Purpose: the links of some seals, each with its line of the audit log as it is now.
-- Parameters: $1 first seal_no bigint; $2 last seal_no bigint.
-- Result: seal_no, linked_id, line_hash, and the line; its columns are null when it is gone.
-- Locks: none. Errors: none.
SELECT
    l.seal_no, l.audit_id AS linked_id, l.line_hash,
    a.audit_id, a.at, a.caller_id, a.behalf_person_id, a.scope_tenant_id, a.action, a.object_kind,
    a.object_id, a.reason, a.request_id, a.address
FROM foundation.audit_link l
LEFT JOIN foundation.audit_log a ON a.audit_id = l.audit_id
WHERE l.seal_no BETWEEN $1::bigint AND $2::bigint
ORDER BY l.seal_no, l.audit_id
