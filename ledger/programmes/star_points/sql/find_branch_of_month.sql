-- Purpose: the branch that a member's month belongs to: it has a score of hers, or else an item.
-- Parameters: $1 tenant int; $2 member uuid; $3 month date.
-- Result: branch_id (null: none). Locks: none. Errors: none.
SELECT coalesce(
    (
        SELECT r.branch_id
        FROM programmes.star_result AS r
        WHERE r.tenant_id = $1::int AND r.member_id = $2::uuid AND r.month = $3::date
        ORDER BY r.result_id
        LIMIT 1
    ),
    (
        SELECT c.branch_id
        FROM programmes.star_claim AS c
        WHERE
            c.tenant_id = $1::int
            AND c.member_id = $2::uuid
            AND c.month = $3::date
            AND c.status <> 'declined'
        ORDER BY c.claim_id
        LIMIT 1
    )
) AS branch_id
