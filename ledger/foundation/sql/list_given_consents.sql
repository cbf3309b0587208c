-- Purpose: consents of a person that are in force, to be withdrawn one by one.
-- Parameters: $1 person_id bigint.
-- Result: purpose. Locks: none. Errors: none.
SELECT latest.purpose
FROM (
    SELECT DISTINCT ON (c.purpose) c.purpose, c.given
    FROM foundation.consent AS c
    WHERE c.person_id = $1::bigint
    ORDER BY c.purpose, c.recorded_at DESC, c.consent_id DESC
) AS latest
WHERE latest.given
