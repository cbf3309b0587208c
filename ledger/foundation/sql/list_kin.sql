-- Purpose: the relatives of a member, written down from either side; the open ones first.
-- Parameters: $1 tenant int; $2 member uuid; $3 limit int or null for all.
-- Result: kinship_id, relation, is_inverse (the member is the relative in the row),
--   other_member_id, volunteer_no and display_name (of a relative who is a member),
--   relative_sealed and data_key (of one who is none), evidence, begins_on, verified_by,
--   verified_at, ends_on, end_reason.
-- Locks: none. Errors: none.
SELECT
    k.kinship_id,
    k.relation,
    k.relative_member_id IS NOT DISTINCT FROM $2::uuid AS is_inverse,
    o.member_id AS other_member_id,
    o.volunteer_no,
    p.display_name,
    k.relative_sealed,
    own.data_key,
    k.evidence,
    k.begins_on,
    k.verified_by,
    k.verified_at,
    k.ends_on,
    k.end_reason
FROM foundation.kinship AS k
INNER JOIN foundation.member AS m ON k.tenant_id = m.tenant_id AND k.member_id = m.member_id
INNER JOIN foundation.person AS own ON m.person_id = own.person_id
LEFT JOIN foundation.member AS o
    ON
        k.tenant_id = o.tenant_id
        AND o.member_id = CASE
            WHEN k.relative_member_id = $2::uuid THEN k.member_id ELSE k.relative_member_id
        END
LEFT JOIN foundation.person AS p ON o.person_id = p.person_id
WHERE k.tenant_id = $1::int AND (k.member_id = $2::uuid OR k.relative_member_id = $2::uuid)
ORDER BY k.ends_on DESC NULLS FIRST, k.kinship_id
LIMIT $3::int
