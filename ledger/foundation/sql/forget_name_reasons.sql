-- Purpose: empty the reasons given for changes of a person's name.
-- Parameters: $1 person_id bigint.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.name_change SET reason = '' WHERE person_id = $1::bigint AND reason <> ''
