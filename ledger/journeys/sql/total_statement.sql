-- purpose: sums by month of an account's movements that fit a search; a reversal counts below zero
--         on the side of what it reverses
-- parameters: as the first eleven of search_statement
-- result: first day of the month, lines, sum of what came in and of what went out, below zero only
--         where more was reversed; the latest month first
-- locks: none
-- errors: none
WITH lines AS (
    SELECT t.entry_id, t.amount AS signed
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
    UNION ALL
    SELECT t.entry_id, -t.amount
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
)
SELECT date_trunc('month', e.booked_on)::date AS month, count(*)::int AS lines,
    coalesce(sum(l.signed * a.normal_side) FILTER (WHERE s.side = 1), 0)::bigint AS total_in,
    coalesce(-sum(l.signed * a.normal_side) FILTER (WHERE s.side = -1), 0)::bigint AS total_out
FROM lines l
JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = $2::int
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = l.entry_id
CROSS JOIN LATERAL (
    SELECT sign(l.signed * a.normal_side) * CASE WHEN e.kind = 1 THEN -1 ELSE 1 END AS side
) AS s
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = l.entry_id
LEFT JOIN programmes.trust_cash_detail d
    ON $10::boolean AND d.tenant_id = $1::int AND d.entry_id = l.entry_id
WHERE e.booked_on BETWEEN $3::date AND $4::date
    AND ($5::text[] IS NULL OR e.event_code = ANY ($5::text[]))
    AND ($6::int IS NULL OR s.side = $6::int)
    AND ($7::bigint IS NULL OR abs(l.signed) >= $7::bigint)
    AND ($8::bigint IS NULL OR abs(l.signed) <= $8::bigint)
    AND ($9::text IS NULL OR strpos(lower(m.memo), lower($9::text)) > 0
        OR strpos(lower(d.counterparty), lower($9::text)) > 0
        OR e.entry_id = ANY ($11::uuid[]) OR e.subject_id = ANY ($11::uuid[]))
GROUP BY 1
ORDER BY 1 DESC;
