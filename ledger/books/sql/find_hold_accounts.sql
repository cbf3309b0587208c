-- purpose: tell between which accounts the units of a hold go
-- parameters: $1 tenant; $2 hold
-- result: book, codes of the account, the held and the capturing account (null: not captured) and
--         the amount reserved, holder of the account (null: the programme); no row when the hold
--         is not of this tenant
-- locks: none; only the capturing account is written later, once
-- errors: none
SELECT
    a.book_code,
    a.account_code,
    u.account_code AS held_code,
    c.account_code AS capture_code,
    h.amount,
    a.holder_id
FROM books.hold AS h
INNER JOIN books.account AS a ON a.tenant_id = $1::int AND h.account_id = a.account_id
INNER JOIN books.account AS u ON u.tenant_id = $1::int AND h.held_account_id = u.account_id
LEFT JOIN books.account AS c ON c.tenant_id = $1::int AND h.capture_account_id = c.account_id
WHERE h.tenant_id = $1::int AND h.hold_id = $2::uuid
