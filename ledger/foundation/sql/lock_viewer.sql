-- Purpose: let one person's looks at others' data wait for each other, so that their limit counts.
-- Parameters: $1 caller_id int.
-- Result: person_id. Locks: the viewer's row. Errors: none.
SELECT person_id FROM foundation.person WHERE caller_id = $1::int FOR NO KEY UPDATE
