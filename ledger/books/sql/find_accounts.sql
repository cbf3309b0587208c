-- purpose: find accounts by what they are
-- parameters: tenant; per account: book, chart position, holder (null: programme-wide)
-- result: the accounts that exist, with their place in the list asked for
-- locks: none
-- errors: none
SELECT u.item::int AS item, a.account_id, a.public_id, a.book_code, a.account_code, a.holder_id,
    a.status, a.normal_side, a.tracks_expiry, a.floor, b.unit_code
FROM unnest($2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY
    AS u (book_code, account_code, holder_id, item)
JOIN books.account a
    ON a.tenant_id = $1::int AND a.book_code = u.book_code
    AND a.account_code = u.account_code AND a.holder_id IS NOT DISTINCT FROM u.holder_id
JOIN books.book b ON b.tenant_id = $1::int AND b.book_code = a.book_code
ORDER BY u.item;
