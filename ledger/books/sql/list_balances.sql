-- purpose: balances now
-- parameters: tenant, account ids, business date for what has expired
-- result: per account: public id, totals, balance on its normal side, what of it is usable on that
--         date, version, unit
-- locks: none
-- errors: none
SELECT a.account_id, a.public_id, a.book_code, a.account_code, a.holder_id, a.status,
    a.debits_posted, a.credits_posted,
    (a.debits_posted - a.credits_posted) * a.normal_side AS balance,
    CASE WHEN a.tracks_expiry THEN coalesce((
        SELECT sum(x.balance)::bigint FROM books.expiry_bucket x
        WHERE x.tenant_id = a.tenant_id AND x.account_id = a.account_id
            AND x.expires_on >= $3::date AND x.balance > 0
    ), 0) ELSE (a.debits_posted - a.credits_posted) * a.normal_side END AS usable,
    a.version, b.unit_code
FROM books.account a
JOIN books.book b ON b.tenant_id = a.tenant_id AND b.book_code = a.book_code
WHERE a.tenant_id = $1::int AND a.account_id = ANY ($2::int[])
ORDER BY a.account_id;
