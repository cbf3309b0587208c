-- Purpose: a new person.
-- Parameters: $1 public_id uuid; $2 caller_id int; $3 display_name text; $4 name_sort_key text;
--   $5 volunteer_no text; $6 data_key bytea; $7 phone_sealed, $8 phone_index, $9 id_number_sealed,
--   $10 id_number_index, $11 address_sealed bytea, each or null; $12 key_id bytea, of the secret;
--   $13 birthday_sealed bytea or null.
-- Result: person_id; no row when the volunteer number is taken, so that another can be drawn, or
--   when somebody has the identity number.
-- Locks: none. Errors: none.
INSERT INTO foundation.person (
    public_id, caller_id, display_name, name_sort_key, volunteer_no, data_key, phone_sealed,
    phone_index, id_number_sealed, id_number_index, address_sealed, key_id,
    birthday_sealed
)
VALUES (
    $1::uuid, $2::int, $3::text, $4::text, $5::text, $6::bytea, $7::bytea, $8::bytea, $9::bytea,
    $10::bytea, $11::bytea, $12::bytea, $13::bytea
)
ON CONFLICT DO NOTHING
RETURNING person_id
