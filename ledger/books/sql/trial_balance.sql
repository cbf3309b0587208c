-- purpose: trial balance of a book, everything posted
-- parameters: tenant, book
-- result: per chart position: names, side, accounts opened, totals
-- locks: none
-- errors: none
SELECT c.account_code, c.name_zh, c.name_en, c.normal_side, c.holder_kind,
    count(a.account_id)::int AS accounts,
    coalesce(sum(a.debits_posted), 0)::bigint AS debits,
    coalesce(sum(a.credits_posted), 0)::bigint AS credits
FROM books.chart_account c
LEFT JOIN books.account a
    ON a.tenant_id = c.tenant_id AND a.book_code = c.book_code
    AND a.account_code = c.account_code
WHERE c.tenant_id = $1::int AND c.book_code = $2::text
GROUP BY c.account_code, c.name_zh, c.name_en, c.normal_side, c.holder_kind
ORDER BY c.account_code;
