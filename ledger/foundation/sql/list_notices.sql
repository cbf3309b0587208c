-- Purpose: a person's notices, the newest first, or one of them.
-- Parameters: $1 person bigint; $2 last notice of the page before, or null; $3 limit int; $4 one
--   notice, or null.
-- Result: notice_id, kind, tenant_public_id and tenant_form of its programme or estate or null,
--   subject_id, about, amount, unit_code, day, created_at, read_at.
-- Locks: none. Errors: none.
SELECT
    n.notice_id, n.kind, coalesce(p.public_id, e.public_id) AS tenant_public_id,
    CASE
        WHEN p.public_id IS NOT NULL THEN 'programme' WHEN e.public_id IS NOT NULL THEN 'estate'
    END AS tenant_form,
    n.subject_id, n.about, n.amount, n.unit_code, n.day, n.created_at, n.read_at
FROM foundation.notice AS n
LEFT JOIN foundation.programme AS p ON n.scope_tenant_id = p.scope_tenant_id
LEFT JOIN foundation.estate AS e ON n.scope_tenant_id = e.scope_tenant_id
WHERE
    n.person_id = $1::bigint
    AND ($2::uuid IS NULL OR (n.created_at, n.notice_id) < (
        SELECT o.created_at, o.notice_id
        FROM foundation.notice AS o
        WHERE o.person_id = $1::bigint AND o.notice_id = $2::uuid
    ))
    AND ($4::uuid IS NULL OR n.notice_id = $4::uuid)
ORDER BY n.created_at DESC, n.notice_id DESC
LIMIT $3::int
