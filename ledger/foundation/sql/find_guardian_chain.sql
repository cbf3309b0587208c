-- Purpose: whether one guardianship would lead to another: nobody who has a guardian is one.
-- Parameters: $1 tenant int; $2 guardian's person bigint; $3 ward member uuid, null for none;
--   $4 now timestamptz: a minor's guardianship is over when its role is.
-- Result: guardian_is_ward, ward_is_guardian; one row. Locks: none. Errors: none.
SELECT
    EXISTS (
        SELECT 1
        FROM foundation.guardianship AS g
        INNER JOIN foundation.member AS m
            ON g.tenant_id = m.tenant_id AND g.ward_member_id = m.member_id
        WHERE
            g.tenant_id = $1::int
            AND m.person_id = $2::bigint
            AND g.ends_on IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM foundation.role_grant AS r
                WHERE r.grant_id = g.grant_id AND g.kind = 'minor' AND r.valid_to <= $4::timestamptz
            )
    ) AS guardian_is_ward,
    EXISTS (
        SELECT 1
        FROM foundation.guardianship AS g
        INNER JOIN foundation.member AS m
            ON g.tenant_id = m.tenant_id AND g.person_id = m.person_id
        WHERE
            g.tenant_id = $1::int
            AND m.member_id = $3::uuid
            AND g.ends_on IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM foundation.role_grant AS r
                WHERE r.grant_id = g.grant_id AND g.kind = 'minor' AND r.valid_to <= $4::timestamptz
            )
    ) AS ward_is_guardian
