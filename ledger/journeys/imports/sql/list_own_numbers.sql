-- Purpose: what opens the senders' numbers of lines that became members.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 line int[].
-- Result: line, own_number_sealed, data_key. Locks: none. Errors: none.
SELECT l.line, l.own_number_sealed, p.data_key
FROM foundation.import_line AS l
INNER JOIN foundation.member AS m ON m.tenant_id = $1::int AND l.object_id = m.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.line = ANY ($3::int[])
    AND l.own_number_sealed IS NOT NULL AND p.data_key IS NOT NULL
