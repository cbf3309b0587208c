-- Purpose: a person's row, held while what is known of her changes.
-- Parameters: $1 person_id bigint.
-- Result: display_name, data_key, phone_sealed, id_number_sealed, birthday_sealed, address_sealed,
--   key_id, erased_at, caller_id, volunteer_no, public_id.
-- Locks: the row. Errors: none.
SELECT
    display_name, data_key, phone_sealed, id_number_sealed, birthday_sealed, address_sealed, key_id,
    erased_at, caller_id, volunteer_no, public_id
FROM foundation.person
WHERE person_id = $1::bigint
FOR UPDATE
