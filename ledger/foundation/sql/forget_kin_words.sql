-- Purpose: empty the words beside a member's kinships, from either side; that they were stays.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.kinship
SET evidence = '', end_reason = CASE WHEN end_reason IS NOT NULL THEN '' END
WHERE
    tenant_id = $1::int
    AND (member_id = $2::uuid OR relative_member_id = $2::uuid)
