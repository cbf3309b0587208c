-- Purpose: verified services whose objection window has ended, without an objection that is open
--   or was upheld, not tried today.
-- Parameters: $1 tenant int; $2 today date; $3 limit int.
-- Result: record_id, provider_id, started_at, funds, credited_minutes, credited_points,
--   expires_on, release_attempts, policy_version; by provider.
-- Locks: the rows; those that another run holds are skipped.
-- Errors: none.
SELECT
    r.record_id, r.provider_id, r.started_at, r.funds, r.credited_minutes, r.credited_points,
    r.expires_on, r.release_attempts, r.policy_version
FROM programmes.service_record AS r
WHERE
    r.tenant_id = $1::int
    AND r.status = 'verified'
    AND r.objection_until < $2::date
    AND (r.release_tried_on IS NULL OR r.release_tried_on < $2::date)
    AND NOT EXISTS (
        SELECT 1
        FROM foundation.objection AS o
        WHERE
            o.tenant_id = $1::int
            AND o.subject_id = r.record_id
            AND o.decision IS DISTINCT FROM 'dismissed'
    )
ORDER BY r.provider_id, r.started_at, r.record_id
LIMIT $3::int
FOR NO KEY UPDATE OF r SKIP LOCKED
