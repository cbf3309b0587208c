-- Purpose: how many lines of the audit log no seal covers, from the very first on.
-- Parameters: none.
-- Result: unsealed. Locks: none. Errors: none.
SELECT count(*) AS unsealed
FROM foundation.audit_log a
LEFT JOIN foundation.audit_link l ON l.audit_id = a.audit_id
WHERE l.audit_id IS NULL
