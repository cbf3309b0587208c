-- Purpose: the pairs of roles that exclude each other as they ship, replacing what was there.
-- Parameters: $1 role_code text[]; $2 excluded_code text[], beside them.
-- Result: none. Locks: the pairs. Errors: none. Run by the owner, when migrating.
WITH shipped AS (
    SELECT one.role_code, one.excluded_code
    FROM unnest($1::text [], $2::text []) AS one (role_code, excluded_code)
),

withdrawn AS (
    DELETE FROM foundation.role_exclusion AS x
    WHERE NOT EXISTS (
        SELECT 1 FROM shipped AS s
        WHERE s.role_code = x.role_code AND s.excluded_code = x.excluded_code
    )
)

INSERT INTO foundation.role_exclusion (role_code, excluded_code)
SELECT s.role_code, s.excluded_code FROM shipped AS s
ON CONFLICT (role_code, excluded_code) DO NOTHING
