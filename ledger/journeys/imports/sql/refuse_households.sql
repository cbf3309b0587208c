-- Purpose: refuse the ready lines of households that would not be whole; of one that is there,
--   those that name another head.
-- Parameters: $1 tenant int; $2 import_id uuid; as list_odd_households gives them: $3 household
--   text[]; $4 first_head int[]; $5 heads int[]; $6 is_there boolean[].
-- Result: none. Locks: the lines. Errors: none.
-- Why: from arrays, so that each household's lines are found by their index; a join of the lines
--   with themselves is planned without statistics and reads every line for every household.
UPDATE foundation.import_line AS l
SET
    state = 'error',
    problems = l.problems || CASE
        WHEN u.is_there THEN 'household:has_head'
        WHEN u.heads > 1 AND l.is_head AND l.line > u.first_head
            THEN 'household:two_heads:' || u.first_head
        WHEN u.heads > 1 THEN 'household:several_heads'
        WHEN u.first_head IS NOT NULL THEN 'household:head_not_ready:' || u.first_head
        ELSE 'household:no_head'
    END
FROM unnest($3::text[], $4::int[], $5::int[], $6::boolean[])
    AS u (household, first_head, heads, is_there)
WHERE
    l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.household = u.household
    AND l.state = 'ready' AND (l.is_head OR NOT u.is_there)
