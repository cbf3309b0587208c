-- Purpose: another name of a person, and the one before, sealed.
-- Parameters: $1 person bigint; $2 name text; $3 name_sort_key text; $4 change uuid; $5 previous
--   name sealed bytea or null; $6 reason text; $7 caller int; $8 changed_at timestamptz.
-- Result: change_id. Locks: the person. Errors: none.
WITH renamed AS (
    UPDATE foundation.person
    SET display_name = $2::text, name_sort_key = $3::text
    WHERE person_id = $1::bigint
    RETURNING person_id
)

INSERT INTO foundation.name_change (
    change_id, person_id, previous_sealed, reason, changed_by, changed_at
)
SELECT $4::uuid, r.person_id, $5::bytea, $6::text, $7::int, $8::timestamptz
FROM renamed AS r
RETURNING change_id
