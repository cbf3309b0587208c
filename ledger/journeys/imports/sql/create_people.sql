-- Purpose: new people, many at once.
-- Parameters: of each: $1 public_id uuid[]; $2 caller_id int[]; $3 display_name, $4 name_sort_key,
--   $5 volunteer_no text[]; $6 data_key, $7 phone_sealed, $8 phone_index, $9 id_number_sealed,
--   $10 id_number_index, $11 birthday_sealed, $12 address_sealed bytea[]; $13 key_id bytea, of all.
-- Result: public_id, person_id; none for a volunteer number that is taken, so that another can be
--   drawn, and for an identity number that somebody has.
-- Locks: none. Errors: none.
INSERT INTO foundation.person (
    public_id, caller_id, display_name, name_sort_key, volunteer_no, data_key, phone_sealed,
    phone_index, id_number_sealed, id_number_index, birthday_sealed, address_sealed, key_id
)
SELECT
    u.public_id,
    u.caller_id,
    u.display_name,
    u.name_sort_key,
    u.volunteer_no,
    u.data_key,
    u.phone_sealed,
    u.phone_index,
    u.id_number_sealed,
    u.id_number_index,
    u.birthday_sealed,
    u.address_sealed,
    $13::bytea
FROM unnest(
    $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
    $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[]
) AS u (
    public_id, caller_id, display_name, name_sort_key, volunteer_no, data_key, phone_sealed,
    phone_index, id_number_sealed, id_number_index, birthday_sealed, address_sealed
)
ON CONFLICT DO NOTHING
RETURNING public_id, person_id
