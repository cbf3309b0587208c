-- Purpose: what was asked and what became of it, the newest first.
-- Parameters: $1 tenant int (0: the platform); $2 approval uuid or null for all; $3 state text or
--   null for any; $4 kinds text[] or null for any; $5 person bigint who asked, or null; $6 person
--   bigint who did not ask, or null; $7 approval after which the page begins, or null; $8 size int;
--   $9 only what waits no longer boolean.
-- Result: approvals; state is waiting, expired, approved, declined or withdrawn.
-- Locks: none. Errors: none.
SELECT
    q.approval_id, q.kind, q.object_id, q.asked, q.reason, q.requested_by, q.requested_person,
    q.requested_at, q.expires_at, q.state, q.decided_by, q.decided_at, q.decision_reason,
    q.result_id
FROM (
    SELECT
        r.approval_id, r.kind, r.object_id, r.asked, r.reason, r.requested_by,
        r.requested_person, r.requested_at, r.expires_at,
        coalesce(
            d.verdict,
            CASE WHEN r.expires_at <= clock_timestamp() THEN 'expired' ELSE 'waiting' END
        ) AS state,
        d.decided_by, d.decided_at, d.reason AS decision_reason, d.result_id
    FROM foundation.approval_request AS r
    LEFT JOIN foundation.approval_decision AS d
        ON r.tenant_id = d.tenant_id AND r.approval_id = d.approval_id
    WHERE r.tenant_id = $1::int
) AS q
WHERE
    ($2::uuid IS NULL OR q.approval_id = $2::uuid)
    AND ($3::text IS NULL OR q.state = $3::text)
    AND ($4::text[] IS NULL OR q.kind = ANY ($4::text[]))
    AND ($5::bigint IS NULL OR q.requested_person = $5::bigint)
    AND ($6::bigint IS NULL OR q.requested_person <> $6::bigint)
    AND ($7::uuid IS NULL OR q.approval_id < $7::uuid)
    AND (NOT $9::boolean OR q.state <> 'waiting')
ORDER BY q.approval_id DESC
LIMIT $8::int
