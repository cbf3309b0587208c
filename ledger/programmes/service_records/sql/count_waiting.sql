-- Purpose: how many services wait to be verified, and the day of the oldest.
-- Parameters: $1 tenant int; $2 caller int who could verify: what the caller verified first or
--   recorded needs somebody else and is left out.
-- Result: one row: waiting int, oldest date or null.
-- Locks: none. Errors: none.
SELECT count(*)::int AS waiting, min(service_date) AS oldest
FROM programmes.service_record
WHERE
    tenant_id = $1::int
    AND status = 'recorded'
    AND recorded_by <> $2::int
    AND first_verifier IS DISTINCT FROM $2::int
