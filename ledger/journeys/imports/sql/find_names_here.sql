-- Purpose: names of members of a programme that may be one of these, however they are typed.
-- Parameters: $1 tenant int; $2 names text[], by their keys, without blanks and dots.
-- Result: display_name; the caller compares by key. Locks: none. Errors: none.
SELECT DISTINCT p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    m.tenant_id = $1::int
    AND translate(lower(normalize(p.display_name, NFKC)), ' ·•‧∙⋅・.', '') = ANY ($2::text[])
