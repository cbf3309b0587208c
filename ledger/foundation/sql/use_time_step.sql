-- Purpose: use up the code of a time step and of all before it.
-- Parameters: $1 person_id bigint; $2 step bigint, of thirty seconds since 1970.
-- Result: person_id; no row when the step was used, or there is no second factor.
-- Locks: the row. Errors: none.
UPDATE foundation.sign_in_method
SET last_step = $2::bigint
WHERE
    kind = 'totp'
    AND person_id = $1::bigint
    AND retired_at IS NULL
    AND last_step < $2::bigint
RETURNING person_id
