-- Purpose: who saw a person's data in full, the latest first.
-- Parameters: $1 person_id bigint; $2 limit int or null for all.
-- Result: disclosure_id, seen_at, fields, purpose, words_sealed, viewer (name), tenant (name, or
--   null where it was on the platform). Locks: none. Errors: none.
SELECT
    d.disclosure_id, d.seen_at, d.fields, d.purpose, d.words_sealed, v.display_name AS viewer,
    g.name AS tenant
FROM foundation.disclosure AS d
LEFT JOIN foundation.person AS v ON d.seen_by = v.caller_id
LEFT JOIN foundation.programme AS g ON d.scope_tenant_id = g.scope_tenant_id
WHERE d.person_id = $1::bigint
ORDER BY d.seen_at DESC, d.disclosure_id
LIMIT $2::int
