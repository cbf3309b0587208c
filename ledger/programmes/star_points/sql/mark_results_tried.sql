-- Purpose: write down what a run made of the results it tried.
-- Parameters: $1 tenant int; $2 result ids uuid[]; $3 whether each is effective boolean[];
--   $4 today date; $5 now timestamptz.
-- Result: none. Locks: the rows, held already. Errors: none.
UPDATE programmes.star_result AS r
SET
    status = CASE WHEN u.is_effective THEN 'effective' ELSE r.status END,
    effective_at = CASE WHEN u.is_effective THEN $5::timestamptz END,
    release_tried_on = $4::date,
    release_attempts = r.release_attempts + 1
FROM unnest($2::uuid[], $3::boolean[]) AS u (result_id, is_effective)
WHERE r.tenant_id = $1::int AND r.result_id = u.result_id
