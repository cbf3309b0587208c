-- Purpose: empty the places where a member was served, perhaps her home, in the records and in the
--   answers that are kept of them.
-- Parameters: $1 tenant int; $2 recipient's member uuid.
-- Result: none. Locks: the rows. Errors: none.
WITH emptied AS (
    UPDATE programmes.service_record
    SET place = ''
    WHERE tenant_id = $1::int AND recipient_id = $2::uuid
    RETURNING record_id::text AS number
)

UPDATE foundation.api_command AS a
SET
    response = convert_to(
        jsonb_set(convert_from(a.response, 'UTF8')::jsonb, '{place}', '""')::text, 'UTF8'
    )
FROM emptied AS e
WHERE
    a.tenant_id = $1::int
    AND a.route LIKE '%/service-records%'
    AND a.status BETWEEN 200 AND 299
    AND convert_from(a.response, 'UTF8')::jsonb ->> 'record_id' = e.number
