-- Purpose: write down the end of a ward's guardianships that ended when she came of age.
-- Parameters: $1 tenant int; $2 ward member uuid; $3 now timestamptz; $4 reason text; $5 caller
--   int.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.guardianship AS g
SET
    ends_on = greatest(g.begins_on, (r.valid_to AT TIME ZONE 'Asia/Shanghai')::date),
    end_reason = $4::text,
    ended_by = $5::int
FROM foundation.role_grant AS r
WHERE
    g.tenant_id = $1::int
    AND g.ward_member_id = $2::uuid
    AND g.kind = 'minor'
    AND g.ends_on IS NULL
    AND g.grant_id = r.grant_id
    AND r.valid_to <= $3::timestamptz
