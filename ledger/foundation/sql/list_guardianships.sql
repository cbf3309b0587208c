-- Purpose: guardians of a member, or those whom a person looks after; the open ones first.
-- Parameters: $1 tenant int; $2 ward member uuid or null; $3 guardian's person bigint or null;
--   $4 limit int or null for all; $5 now timestamptz.
-- Result: guardianship_id, kind, ward_member_id, ward_name, ward_no, guardian_name, guardian_no,
--   evidence, begins_on, verified_by, verified_at, ends_on, end_reason, is_confirmed.
--   A minor's ends with its role, by itself.
-- Locks: none. Errors: none.
SELECT
    g.guardianship_id,
    g.kind,
    g.ward_member_id,
    w.display_name AS ward_name,
    w.volunteer_no AS ward_no,
    p.display_name AS guardian_name,
    p.volunteer_no AS guardian_no,
    g.evidence,
    g.begins_on,
    g.verified_by,
    g.verified_at,
    coalesce(g.ends_on, (r.valid_to AT TIME ZONE 'Asia/Shanghai')::date) AS ends_on,
    g.end_reason,
    g.grant_id IS NOT NULL AS is_confirmed
FROM foundation.guardianship AS g
INNER JOIN foundation.member AS m
    ON g.tenant_id = m.tenant_id AND g.ward_member_id = m.member_id
INNER JOIN foundation.person AS w ON m.person_id = w.person_id
INNER JOIN foundation.person AS p ON g.person_id = p.person_id
LEFT JOIN foundation.role_grant AS r
    ON g.grant_id = r.grant_id AND g.kind = 'minor' AND r.valid_to <= $5::timestamptz
WHERE
    g.tenant_id = $1::int
    AND (g.ward_member_id = $2::uuid OR g.person_id = $3::bigint)
ORDER BY ends_on DESC NULLS FIRST, g.guardianship_id
LIMIT $4::int
