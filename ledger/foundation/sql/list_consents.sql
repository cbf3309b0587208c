-- Purpose: every consent of a person, given or withdrawn, the latest first.
-- Parameters: $1 person_id bigint.
-- Result: consent_id, purpose, given, text_version, through, paper_no, recorded_at, recorder (name,
--   or null for the system). Locks: none. Errors: none.
SELECT
    c.consent_id, c.purpose, c.given, c.text_version, c.through, c.paper_no, c.recorded_at,
    r.display_name AS recorder
FROM foundation.consent AS c
LEFT JOIN foundation.person AS r ON c.recorded_by = r.caller_id
WHERE c.person_id = $1::bigint
ORDER BY c.recorded_at DESC, c.consent_id DESC
