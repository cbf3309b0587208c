-- Purpose: whether a member descends from another, by the kinships on record at present.
-- Parameters: $1 tenant int; $2 member uuid; $3 the forebear's member uuid; relations whose
--   relative stands above the member $4 text[], and below $5 text[].
-- Result: boolean; one row. Locks: none. Errors: none. Each member is visited once.
WITH RECURSIVE line AS (
    SELECT $2::uuid AS member_id
    UNION
    SELECT CASE WHEN k.member_id = line.member_id THEN k.relative_member_id ELSE k.member_id END
    FROM line
    INNER JOIN foundation.kinship AS k
        ON
            (k.member_id = line.member_id AND k.relation = any($4::text[]))
            OR (k.relative_member_id = line.member_id AND k.relation = any($5::text[]))
    WHERE k.tenant_id = $1::int AND k.relative_member_id IS NOT NULL AND k.ends_on IS NULL
)

SELECT EXISTS (SELECT 1 FROM line WHERE line.member_id = $3::uuid)
