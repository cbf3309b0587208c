-- Purpose: committed lines of the audit log that no seal covers yet, in the order of their numbers.
-- Parameters: $1 number up to which every line is sealed bigint; $2 most lines int.
-- Result: the whole line. Locks: none. Errors: none.
SELECT
    a.audit_id, a.at, a.caller_id, a.behalf_person_id, a.scope_tenant_id, a.action, a.object_kind,
    a.object_id, a.reason, a.request_id, a.address
FROM foundation.audit_log a
WHERE a.audit_id > $1::bigint
    AND NOT EXISTS (SELECT 1 FROM foundation.audit_link l WHERE l.audit_id = a.audit_id)
ORDER BY a.audit_id
LIMIT $2::int
