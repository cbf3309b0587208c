-- Purpose: put on record that somebody saw a person's data in full.
-- Parameters: $1 disclosure_id uuid; $2 person_id bigint; $3 seen_by int; $4 tenant int or null;
--   $5 fields text[]; $6 purpose text; $7 words_sealed bytea; $8 seen_at timestamptz;
--   $9 request_id text or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.disclosure (
    disclosure_id, person_id, seen_by, scope_tenant_id, fields, purpose, words_sealed, seen_at,
    request_id
)
VALUES (
    $1::uuid, $2::bigint, $3::int, $4::int, $5::text[], $6::text, $7::bytea, $8::timestamptz,
    $9::text
)
