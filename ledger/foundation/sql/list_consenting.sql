-- Purpose: who of several people has agreed to something, by the text in force.
-- Parameters: $1 person_id bigint[]; $2 purpose text; $3 text_version int.
-- Result: person_id. Locks: none. Errors: none.
SELECT latest.person_id
FROM (
    SELECT DISTINCT ON (c.person_id) c.person_id, c.given, c.text_version
    FROM foundation.consent AS c
    WHERE c.person_id = ANY ($1::bigint[]) AND c.purpose = $2::text
    ORDER BY c.person_id, c.recorded_at DESC, c.consent_id DESC
) AS latest
WHERE latest.given AND latest.text_version = $3::int
