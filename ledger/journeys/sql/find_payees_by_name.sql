-- purpose: whom an estate pays or is paid by, whose name holds a text
-- parameters: tenant; text; limit
-- result: counterparty, kind, name, one account of it (null: none); in order of names
-- locks: none
-- errors: none
SELECT c.counterparty_id, c.kind, c.name, a.public_id AS account_id
FROM programmes.trust_counterparty c
LEFT JOIN LATERAL (
    SELECT b.public_id
    FROM books.account b
    WHERE b.tenant_id = $1::int AND b.holder_id = c.counterparty_id
    ORDER BY b.account_id
    LIMIT 1
) a ON true
WHERE c.tenant_id = $1::int AND strpos(lower(c.name), lower($2::text)) > 0
ORDER BY c.name, c.counterparty_id
LIMIT $3::int;
