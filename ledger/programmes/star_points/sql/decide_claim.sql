-- Purpose: a claim is approved or declined.
-- Parameters: $1 tenant int; $2 claim uuid; $3 status; $4 caller int; $5 decided_at timestamptz.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 the proposer decides (claim_is_approved_by_another_person).
UPDATE programmes.star_claim
SET status = $3::text, decided_by = $4::int, decided_at = $5::timestamptz
WHERE tenant_id = $1::int AND claim_id = $2::uuid
