-- purpose: find accounts by the ids that travel
-- parameters: tenant, public ids
-- result: the accounts that exist
-- locks: none
-- errors: none
SELECT 0 AS item, a.account_id, a.public_id, a.book_code, a.account_code, a.holder_id,
    a.status, a.normal_side, a.tracks_expiry, a.floor, b.unit_code
FROM books.account a
JOIN books.book b ON b.tenant_id = a.tenant_id AND b.book_code = a.book_code
WHERE a.tenant_id = $1::int AND a.public_id = ANY ($2::uuid[]);
