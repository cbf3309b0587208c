-- Purpose: give a person a sign-in name and password, or replace the password.
-- Parameters: $1 sign-in name text; $2 person_id bigint; $3 secret_hash text.
-- Result: person_id; no row when the name belongs to somebody else.
-- Locks: the row. Errors: person_has_one_method_of_an_issuer for a second name.
INSERT INTO foundation.sign_in_method (kind, subject, person_id, secret_hash)
VALUES ('password', $1::text, $2::bigint, $3::text)
ON CONFLICT (kind, subject, issuer) DO UPDATE
    SET secret_hash = excluded.secret_hash, retired_at = NULL
    WHERE sign_in_method.person_id = excluded.person_id
RETURNING person_id
