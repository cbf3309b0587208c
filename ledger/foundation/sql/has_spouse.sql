-- Purpose: whether somebody has a spouse on record at present.
-- Parameters: $1 tenant int; $2 members uuid[], of whom one is enough.
-- Result: boolean; one row. Locks: none. Errors: none.
SELECT EXISTS (
    SELECT 1
    FROM foundation.kinship AS k
    WHERE
        k.tenant_id = $1::int
        AND (k.member_id = any($2::uuid[]) OR k.relative_member_id = any($2::uuid[]))
        AND k.relation = 'spouse'
        AND k.ends_on IS NULL
)
