-- Purpose: what keeps a member of a programme from being erased, besides what the accounts hold.
-- Parameters: $1 tenant int; $2 member_id uuid.
-- Result: kind (hold, service, star_item, star_result), pieces; only kinds with some.
-- Locks: none. Errors: none.
SELECT found.kind, found.pieces
FROM (
    SELECT 'hold' AS kind, count(*) AS pieces
    FROM books.hold AS h
    INNER JOIN books.account AS a ON a.tenant_id = $1::int AND h.account_id = a.account_id
    WHERE h.tenant_id = $1::int AND h.status = 0 AND a.holder_id = $2::uuid
    UNION ALL
    SELECT 'service', count(*)
    FROM programmes.service_record AS r
    WHERE
        r.tenant_id = $1::int AND r.provider_id = $2::uuid
        AND r.status IN ('recorded', 'verified')
    UNION ALL
    SELECT 'star_item', count(*)
    FROM programmes.star_claim AS c
    WHERE
        c.tenant_id = $1::int AND c.member_id = $2::uuid
        AND c.status IN ('proposed', 'approved')
    UNION ALL
    SELECT 'star_result', count(*)
    FROM programmes.star_result AS s
    WHERE s.tenant_id = $1::int AND s.member_id = $2::uuid AND s.status = 'published'
) AS found
WHERE found.pieces > 0
