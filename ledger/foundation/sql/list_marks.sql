-- Purpose: the sealed telephones and the present households of some members of a programme.
-- Parameters: $1 tenant int; $2 members uuid[].
-- Result: member_id, data_key, phone_sealed, household (its number); all but the first may be
--   null. Locks: none. Errors: none.
SELECT m.member_id, p.data_key, p.phone_sealed, h.number AS household
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
LEFT JOIN foundation.household_member AS l
    ON m.tenant_id = l.tenant_id AND m.member_id = l.member_id AND l.ends_on IS NULL
LEFT JOIN foundation.household AS h
    ON l.tenant_id = h.tenant_id AND l.household_id = h.household_id
WHERE m.tenant_id = $1::int AND m.member_id = ANY($2::uuid[])
