-- Purpose: write down what a run made of the services it tried.
-- Parameters: $1 tenant int; $2 record ids uuid[]; $3 entry ids uuid[] (null: nothing to post);
--   $4 whether each is effective, boolean[]; $5 today date.
-- Result: none. Locks: the rows, held already. Errors: none.
UPDATE programmes.service_record AS r
SET
    status = CASE WHEN u.is_effective THEN 'effective' ELSE r.status END,
    release_entry_id = u.entry_id,
    release_tried_on = $5::date,
    release_attempts = r.release_attempts + 1
FROM unnest($2::uuid[], $3::uuid[], $4::boolean[]) AS u (record_id, entry_id, is_effective)
WHERE r.tenant_id = $1::int AND r.record_id = u.record_id
