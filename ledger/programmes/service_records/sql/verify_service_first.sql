-- Purpose: remember the first of two verifiers.
-- Parameters: $1 tenant int; $2 record uuid; $3 caller int.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 the recorder verifies (service_is_verified_by_others).
UPDATE programmes.service_record
SET first_verifier = $3::int
WHERE tenant_id = $1::int AND record_id = $2::uuid
