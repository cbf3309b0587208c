-- purpose: what holders of accounts are called: members, merchants, bank accounts,
--   whom an estate pays, its homes
-- parameters: $1 tenant; $2 public ids of holders
-- result: holder_id, kind (person, merchant, bank_account, counterparty, home), name in clear,
--   volunteer number
-- locks: none
-- errors: none
SELECT
    m.member_id AS holder_id,
    'person' AS kind,
    p.display_name AS name,
    m.volunteer_no
FROM foundation.member AS m
JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = ANY ($2::uuid[])
UNION ALL
SELECT
    s.merchant_id,
    'merchant',
    s.name,
    NULL
FROM foundation.merchant AS s
WHERE s.tenant_id = $1::int AND s.merchant_id = ANY ($2::uuid[])
UNION ALL
SELECT
    b.bank_account_id,
    'bank_account',
    b.bank || ' ****' || b.account_no_last4,
    NULL
FROM reconciliation.bank_account AS b
WHERE b.tenant_id = $1::int AND b.bank_account_id = ANY ($2::uuid[])
UNION ALL
SELECT
    c.counterparty_id,
    'counterparty',
    c.name,
    NULL
FROM programmes.trust_counterparty AS c
WHERE c.tenant_id = $1::int AND c.counterparty_id = ANY ($2::uuid[])
UNION ALL
SELECT
    h.unit_id,
    'home',
    concat_ws('-', nullif(h.building, ''), nullif(h.unit, ''), h.room),
    NULL
FROM programmes.trust_unit AS h
WHERE h.tenant_id = $1::int AND h.unit_id = ANY ($2::uuid[])
