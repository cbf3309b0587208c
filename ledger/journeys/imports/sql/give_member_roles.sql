-- Purpose: give people the roles of members, each for the own member.
-- Parameters: $1 tenant int; of each: $2 grant_id uuid[]; $3 caller_id int[]; $4 role text[];
--   $5 member_id uuid[]; $6 valid_from timestamptz, $7 granted_by int, of all.
-- Result: refusal text of each, null: given.
-- Locks: the callers. Errors: none.
SELECT g.refusal
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::uuid[])
    AS u (grant_id, caller_id, role_code, member_id)
CROSS JOIN LATERAL foundation.give_role(
    u.grant_id, u.caller_id, u.role_code, $1::int, NULL, u.member_id, $6::timestamptz, NULL,
    $7::int, NULL
) AS g
