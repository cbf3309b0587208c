-- Purpose: who gave a person her latest invitation, and whether somebody else approved it.
-- Parameters: $1 person_id bigint; $2 what one person's is called in the audit log text; $3 what
--   that of two is called text.
-- Result: caller_id, action; no row when nobody invited her. Locks: none. Errors: none.
-- Why: the invitation itself is swept once it was used.
SELECT
    caller_id,
    action
FROM foundation.audit_log
WHERE behalf_person_id = $1::bigint AND action IN ($2::text, $3::text)
ORDER BY audit_id DESC
LIMIT 1
