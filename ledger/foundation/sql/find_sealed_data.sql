-- Purpose: everything sealed of a person, with the key it is under.
-- Parameters: $1 person_id bigint.
-- Result: display_name, data_key, phone_sealed, id_number_sealed, birthday_sealed, address_sealed,
--   bank_account_sealed, erased_at. Locks: none. Errors: none.
SELECT
    display_name, data_key, phone_sealed, id_number_sealed, birthday_sealed, address_sealed,
    bank_account_sealed, erased_at
FROM foundation.person
WHERE person_id = $1::bigint
