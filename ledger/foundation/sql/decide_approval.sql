-- Purpose: approve, decline or withdraw what was asked.
-- Parameters: as foundation.decide_approval.
-- Result: null, or the code of the refusal. Locks: the request. Errors: 23514 without a reason.
SELECT foundation.decide_approval($1::int, $2::uuid, $3::text, $4::int, $5::text, $6::uuid)
