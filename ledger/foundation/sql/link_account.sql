-- Purpose: link an account at a provider to a person.
-- Parameters: $1 kind text; $2 issuer text; $3 subject text; $4 person_id bigint;
--   $5 union_subject text or null.
-- Result: person_id; no row when it is somebody else's, or she has another one of the provider.
-- Locks: the row. Errors: person_has_one_method_of_an_issuer, when two are linked at once.
INSERT INTO foundation.sign_in_method (kind, issuer, subject, person_id, union_subject)
SELECT $1::text, $2::text, $3::text, $4::bigint, $5::text
WHERE NOT EXISTS (
    SELECT 1 FROM foundation.sign_in_method AS m
    WHERE
        m.person_id = $4::bigint
        AND m.kind = $1::text
        AND m.issuer = $2::text
        AND m.subject <> $3::text
        AND m.retired_at IS NULL
)
ON CONFLICT (kind, subject, issuer) DO UPDATE SET
    person_id = excluded.person_id,
    union_subject = excluded.union_subject,
    retired_at = NULL
WHERE
    sign_in_method.person_id = excluded.person_id
    OR sign_in_method.retired_at IS NOT NULL
RETURNING person_id
