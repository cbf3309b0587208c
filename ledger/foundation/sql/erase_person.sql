-- Purpose: destroy a person's key and everything sealed; a number stands where the name was.
-- Parameters: $1 person_id bigint; $2 display_name text; $3 name_sort_key text; $4 erased_at.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.person
SET
    display_name = $2::text,
    name_sort_key = $3::text,
    data_key = NULL,
    phone_sealed = NULL,
    phone_index = NULL,
    id_number_sealed = NULL,
    id_number_index = NULL,
    birthday_sealed = NULL,
    address_sealed = NULL,
    bank_account_sealed = NULL,
    key_id = NULL,
    erased_at = $4::timestamptz
WHERE person_id = $1::bigint
