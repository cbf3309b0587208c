-- Purpose: how a person agreed to something, by the text in force.
-- Parameters: $1 person_id bigint; $2 purpose text; $3 text_version int.
-- Result: through, recorded_by; no row when she did not, or no longer.
-- Locks: none. Errors: none.
SELECT latest.through, latest.recorded_by
FROM (
    SELECT c.given, c.text_version, c.through, c.recorded_by
    FROM foundation.consent AS c
    WHERE c.person_id = $1::bigint AND c.purpose = $2::text
    ORDER BY c.recorded_at DESC, c.consent_id DESC
    LIMIT 1
) AS latest
WHERE latest.given AND latest.text_version = $3::int
