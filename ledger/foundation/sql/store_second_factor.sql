-- Purpose: a person's second factor, in place of an earlier one.
-- Parameters: $1 subject text: the person's public id; $2 person_id bigint; $3 secret_sealed bytea;
--   $4 last_step bigint: the step whose code showed that it works.
-- Result: none. Locks: the row. Errors: none.
INSERT INTO foundation.sign_in_method (kind, subject, person_id, secret_sealed, last_step)
VALUES ('totp', $1::text, $2::bigint, $3::bytea, $4::bigint)
ON CONFLICT (kind, subject, issuer) DO UPDATE SET
    secret_sealed = excluded.secret_sealed,
    last_step = excluded.last_step,
    retired_at = NULL
