-- Purpose: people whose key is not under a secret yet, a batch at a time, locked for rewrapping.
-- Parameters: $1 key_id bytea; $2 person_id bigint after which the batch begins; $3 limit int.
-- Result: person_id, data_key, phone_sealed, id_number_sealed, has_id_number_index. Erased people
--   have no key left.
-- Locks: the rows, in order of person_id. Errors: none.
SELECT
    person_id,
    data_key,
    phone_sealed,
    id_number_sealed,
    id_number_index IS NOT NULL AS has_id_number_index
FROM foundation.person
WHERE person_id > $2::bigint AND data_key IS NOT NULL AND key_id IS DISTINCT FROM $1::bytea
ORDER BY person_id
LIMIT $3::int
FOR UPDATE
