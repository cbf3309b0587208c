-- Purpose: put people's wrapped keys and blind indexes under another secret.
-- Parameters: $1 key_id bytea; $2 person_id bigint[]; $3 data_key, $4 phone_index,
--   $5 id_number_index bytea[], of the same length; indexes null where there is no value.
-- Result: none. Locks: the rows, which the caller holds. Errors: none.
-- Why the look: of two with one identity number, kept under different secrets, one is known by it,
--   and a rotation must not end there.
UPDATE foundation.person AS p
SET
    data_key = u.data_key,
    phone_index = u.phone_index,
    id_number_index = CASE
        WHEN EXISTS (
            SELECT 1
            FROM foundation.person AS o
            WHERE o.id_number_index = u.id_number_index AND o.person_id <> p.person_id
        ) THEN NULL
        ELSE u.id_number_index
    END,
    key_id = $1::bytea
FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[])
    AS u (person_id, data_key, phone_index, id_number_index)
WHERE p.person_id = u.person_id
