-- Purpose: empty the words beside the guardianships of a ward or of a guardian; the rest stays.
-- Parameters: $1 tenant int; $2 ward member uuid; $3 guardian's person bigint.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.guardianship
SET evidence = '', end_reason = CASE WHEN end_reason IS NOT NULL THEN '' END
WHERE
    tenant_id = $1::int
    AND (ward_member_id = $2::uuid OR person_id = $3::bigint)
