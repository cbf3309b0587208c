-- Purpose: ask a second person for approval.
-- Parameters: as foundation.request_approval.
-- Result: null, or the code of the refusal. Locks: none. Errors: 23514 for an empty reason.
SELECT foundation.request_approval(
    $1::int, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::int, $8::interval
)
