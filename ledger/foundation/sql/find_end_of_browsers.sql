-- Purpose: when a person's sessions were last ended together, or her ways in changed.
-- Parameters: $1 person_id bigint; $2 what such acts are called in the audit log text[].
-- Result: at; no row when that never was. Locks: none. Errors: none.
SELECT a.at
FROM foundation.person AS p
INNER JOIN foundation.audit_log AS a ON a.object_id = p.public_id::text
WHERE p.person_id = $1::bigint AND a.action = ANY($2::text [])
ORDER BY a.audit_id DESC
LIMIT 1
