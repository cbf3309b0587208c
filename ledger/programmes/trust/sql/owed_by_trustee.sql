-- purpose: what the trustee took without basis and has not restored (1222)
-- parameters: tenant
-- result: fen
-- locks: none
-- errors: none
SELECT coalesce(sum(a.debits_posted - a.credits_posted), 0)::bigint AS owed_fen
FROM books.account a
WHERE a.tenant_id = $1::int AND a.book_code = 'TR' AND a.account_code = '1222';
