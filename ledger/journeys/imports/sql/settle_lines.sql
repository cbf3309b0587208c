-- Purpose: what became of lines; the cells of those that are not to be mended are let go.
-- Parameters: $1 tenant int; $2 import_id uuid; of each line: $3 line int[]; $4 state text[];
--   $5 problem text[], empty: none; $6 object_id uuid[]; $7 own_number_sealed bytea[].
-- Result: none. Locks: the lines. Errors: none.
UPDATE foundation.import_line AS l
SET
    state = u.state,
    problems = CASE WHEN u.problem = '' THEN l.problems ELSE l.problems || u.problem END,
    object_id = coalesce(u.object_id, l.object_id),
    own_number_sealed = u.own_number_sealed,
    cells_sealed = CASE WHEN u.state = 'error' THEN l.cells_sealed END,
    household = CASE WHEN u.state = 'error' THEN l.household END
FROM unnest($3::int[], $4::text[], $5::text[], $6::uuid[], $7::bytea[])
    AS u (line, state, problem, object_id, own_number_sealed)
WHERE l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.line = u.line
