-- Purpose: what a month brought each member, zeros too.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date; per member: $4 result ids uuid[];
--   $5 member ids uuid[]; $6 basic, $7 reward, $8 deduction int[] (1/100 point); $9 entry ids
--   uuid[] (null: nothing posted).
-- Result: none. Locks: none. Errors: none.
INSERT INTO programmes.star_result (
    tenant_id, result_id, branch_id, month, member_id, basic, reward, deduction, entry_id, status,
    release_attempts
)
SELECT
    $1::int, u.result_id, $2::uuid, $3::date, u.member_id, u.basic, u.reward, u.deduction,
    u.entry_id, 'published', 0
FROM unnest($4::uuid[], $5::uuid[], $6::int[], $7::int[], $8::int[], $9::uuid[])
    AS u (result_id, member_id, basic, reward, deduction, entry_id)
