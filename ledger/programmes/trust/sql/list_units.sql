-- purpose: units with what they owe, have paid ahead, are owed and have deposited
-- parameters: tenant; one unit (null: all); building, unit and room after which the page begins
--         (null: from the first); page size
-- result: units by building, unit and room; fen
-- locks: none
-- errors: none
SELECT u.unit_id, u.building, u.unit, u.room, u.area_dm2, u.billed_from,
    coalesce(b.receivable, 0)::bigint AS receivable_fen,
    coalesce(b.prepaid, 0)::bigint AS prepaid_fen,
    coalesce(b.refundable, 0)::bigint AS refundable_fen,
    coalesce(b.deposit, 0)::bigint AS deposit_fen
FROM programmes.trust_unit u
LEFT JOIN LATERAL (
    SELECT
        sum(a.debits_posted - a.credits_posted) FILTER (WHERE a.account_code = '1122')
            AS receivable,
        sum(a.credits_posted - a.debits_posted) FILTER (WHERE a.account_code = '2203') AS prepaid,
        sum(a.credits_posted - a.debits_posted) FILTER (WHERE a.account_code = '2205')
            AS refundable,
        sum(a.credits_posted - a.debits_posted) FILTER (WHERE a.account_code = '2206') AS deposit
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.holder_id = u.unit_id AND a.book_code = 'TR'
) b ON true
WHERE u.tenant_id = $1::int
    AND ($2::uuid IS NULL OR u.unit_id = $2::uuid)
    AND ($3::text IS NULL OR (u.building, u.unit, u.room) > ($3::text, $4::text, $5::text))
ORDER BY u.building, u.unit, u.room
LIMIT $6::int;
