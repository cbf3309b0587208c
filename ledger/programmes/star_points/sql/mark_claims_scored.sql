-- Purpose: what the caps left of each claim.
-- Parameters: $1 tenant int; $2 claim ids uuid[]; $3 awarded int[] (1/100 point).
-- Result: none. Locks: the rows, held already. Errors: none.
UPDATE programmes.star_claim AS c
SET status = 'scored', awarded = u.awarded
FROM unnest($2::uuid[], $3::int[]) AS u (claim_id, awarded)
WHERE c.tenant_id = $1::int AND c.claim_id = u.claim_id
