-- Purpose: the items proposed for a member over all months, in the order they were proposed.
-- Parameters: $1 tenant int; $2 member uuid; $3 moment of proposal and $4 id of the claim before
--   the page, or null; $5 most rows int.
-- Result: as list_claims. Locks: none. Errors: none.
SELECT
    claim_id, branch_id, member_id, item_org_unit_id, item_code, item_valid_from, kind, times,
    score, happened_on, month, evidence, proposed_by, proposed_at, status, decided_by, decided_at,
    awarded
FROM programmes.star_claim
WHERE
    tenant_id = $1::int
    AND member_id = $2::uuid
    AND ($3::timestamptz IS NULL OR (proposed_at, claim_id) > ($3::timestamptz, $4::uuid))
ORDER BY proposed_at, claim_id
LIMIT $5::int
