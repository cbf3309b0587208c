-- Purpose: a claim, held until it is decided.
-- Parameters: $1 tenant int; $2 claim uuid.
-- Result: its columns; at most one row.
-- Locks: the row. Errors: none.
SELECT
    claim_id, branch_id, member_id, item_org_unit_id, item_code, item_valid_from, kind, times,
    score, happened_on, month, evidence, proposed_by, proposed_at, status, decided_by, decided_at,
    awarded
FROM programmes.star_claim
WHERE tenant_id = $1::int AND claim_id = $2::uuid
FOR NO KEY UPDATE
