-- Purpose: every decision on a rule, or on all rules, in the order they were approved.
-- Parameters: $1 key text or null; $2 version after which the page begins, int; $3 limit int.
-- Result: version, key, org_unit_id, value, valid_from, document_no, proposed_by, approved_by,
--   approved_at. Locks: none. Errors: none.
SELECT
    version, key, org_unit_id, value, valid_from, document_no, proposed_by, approved_by, approved_at
FROM foundation.policy
WHERE ($1::text IS NULL OR key = $1::text) AND version > $2::int
ORDER BY version
LIMIT $3::int
