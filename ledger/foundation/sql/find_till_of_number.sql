-- Purpose: whether a merchant has a till with a number, however wide or large its letters are.
-- Parameters: $1 tenant int; $2 merchant uuid; $3 number text.
-- Result: true or false. Locks: none. Errors: none.
SELECT EXISTS (
    SELECT 1
    FROM foundation.merchant_terminal AS t
    WHERE
        t.tenant_id = $1::int
        AND t.merchant_id = $2::uuid
        AND upper(normalize(t.number, NFKC)) = upper(normalize($3::text, NFKC))
)
