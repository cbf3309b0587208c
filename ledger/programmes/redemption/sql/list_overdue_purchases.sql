-- purpose: find authorised purchases whose time is over
-- parameters: tenant, how many at the most
-- result: their ids, the longest overdue first
-- locks: none
-- errors: none
SELECT h.hold_id
FROM books.hold AS h
INNER JOIN programmes.redemption AS x
    ON x.tenant_id = $1::int AND h.hold_id = x.redemption_id
WHERE h.tenant_id = $1::int AND h.status = 0 AND h.expires_at <= clock_timestamp()
ORDER BY h.expires_at, h.hold_id
LIMIT $2::int;
