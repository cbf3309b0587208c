-- Purpose: end every way in which a person signs in; nothing of it stays readable.
-- Parameters: $1 person_id bigint; $2 retired_at timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.sign_in_method
SET
    subject = 'erased ' || gen_random_uuid()::text,
    union_subject = NULL,
    secret_hash = NULL,
    secret_sealed = NULL,
    retired_at = coalesce(retired_at, $2::timestamptz)
WHERE person_id = $1::bigint
