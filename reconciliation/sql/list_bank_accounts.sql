-- purpose: bank accounts of a tenant with how far their statements reach
-- parameters: tenant; bank account id or null; blind indexes of account numbers or null
-- result: the accounts asked for, first and last day covered by statements, in order of id
-- locks: none
-- errors: none
SELECT a.bank_account_id, a.bank, a.account_name, a.account_no_last4, a.account_no_digest,
    a.ledger_account_id, a.reconciled_from, a.key_id, s.covered_from, s.covered_to
FROM reconciliation.bank_account a
LEFT JOIN LATERAL (
    SELECT min(period_from) AS covered_from, max(period_to) AS covered_to
    FROM reconciliation.statement
    WHERE tenant_id = $1::int AND bank_account_id = a.bank_account_id
) AS s ON true
WHERE a.tenant_id = $1::int
    AND ($2::uuid IS NULL OR a.bank_account_id = $2::uuid)
    AND ($3::bytea[] IS NULL OR a.account_no_digest = ANY ($3::bytea[]))
ORDER BY a.bank_account_id;
