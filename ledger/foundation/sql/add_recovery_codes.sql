-- Purpose: new recovery codes of a person.
-- Parameters: $1 person_id bigint; $2 code hashes bytea[].
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.recovery_code (code_hash, person_id)
SELECT u.code_hash, $1::bigint
FROM unnest($2::bytea []) AS u (code_hash)
