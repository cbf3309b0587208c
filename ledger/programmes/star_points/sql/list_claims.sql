-- Purpose: the claims of a branch's month, in the order they were proposed.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date; $4 status or null; $5 member or null;
--   $6 moment of proposal and $7 id of the claim before the page, or null; $8 most rows or null.
-- Result: their columns.
-- Locks: none. Errors: none.
SELECT
    claim_id, branch_id, member_id, item_org_unit_id, item_code, item_valid_from, kind, times,
    score, happened_on, month, evidence, proposed_by, proposed_at, status, decided_by, decided_at,
    awarded
FROM programmes.star_claim
WHERE
    tenant_id = $1::int
    AND branch_id = $2::uuid
    AND month = $3::date
    AND ($4::text IS NULL OR status = $4::text)
    AND ($5::uuid IS NULL OR member_id = $5::uuid)
    AND (
        $6::timestamptz IS NULL OR (proposed_at, claim_id) > ($6::timestamptz, $7::uuid)
    )
ORDER BY proposed_at, claim_id
LIMIT $8::int
