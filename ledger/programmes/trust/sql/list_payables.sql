-- purpose: what a trust owes, account by account, that a payment may settle
-- parameters: tenant; account codes; code and id of the account after which to go on; at most
-- result: account id, public id, code, holder, fen owed; by code, then in order of opening
-- locks: none
-- errors: none
SELECT a.account_id, a.public_id, a.account_code, a.holder_id,
    a.credits_posted - a.debits_posted AS owed_fen
FROM books.account a
WHERE a.tenant_id = $1::int AND a.book_code = 'TR' AND a.account_code = ANY ($2::text[])
    AND (a.account_code, a.account_id) > ($3::text, $4::int)
    AND a.credits_posted > a.debits_posted
ORDER BY a.account_code, a.account_id
LIMIT $5::int;
