-- purpose: find the accounts of one holder
-- parameters: tenant, holder
-- result: the accounts, in the order of opening
-- locks: none
-- errors: none
SELECT a.account_id, a.public_id, a.book_code, a.account_code, a.holder_id,
    a.status, a.normal_side, a.tracks_expiry, a.floor, b.unit_code
FROM books.account a
JOIN books.book b ON b.tenant_id = a.tenant_id AND b.book_code = a.book_code
WHERE a.tenant_id = $1::int AND a.holder_id = $2::uuid
ORDER BY a.account_id;
