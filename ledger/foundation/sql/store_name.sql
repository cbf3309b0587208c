-- Purpose: give a person another name; the volunteer number stays.
-- Parameters: $1 person_id bigint; $2 display_name text; $3 name_sort_key text.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.person
SET display_name = $2::text, name_sort_key = $3::text
WHERE person_id = $1::bigint
