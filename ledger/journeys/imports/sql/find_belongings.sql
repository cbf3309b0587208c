-- Purpose: the open teams and the households of a programme with these names and numbers.
-- Parameters: $1 tenant int; $2 names of teams text[]; $3 numbers of households text[].
-- Result: kind text (group, household); word text; id uuid. Locks: none. Errors: none.
SELECT 'group' AS kind, g.name AS word, g.group_id AS id
FROM foundation.member_group AS g
WHERE g.tenant_id = $1::int AND g.name = ANY ($2::text[]) AND g.ends_on IS NULL
UNION ALL
SELECT 'household', h.number, h.household_id
FROM foundation.household AS h
WHERE h.tenant_id = $1::int AND h.number = ANY ($3::text[])
