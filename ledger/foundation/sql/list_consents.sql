-- Purpose: every consent of a person, given or withdrawn, the latest first.
-- Parameters: $1 person_id bigint.
-- Result: consent_id, purpose, given, text_version, through, paper_no, reason_sealed or null,
--   data_key or null once erased, recorded_at, recorded_by, caller_id of the person, recorder
--   (name, or null for the system).
-- Locks: none. Errors: none.
SELECT
    c.consent_id, c.purpose, c.given, c.text_version, c.through, c.paper_no,
    c.reason_sealed, p.data_key, c.recorded_at, c.recorded_by, p.caller_id,
    r.display_name AS recorder
FROM foundation.consent AS c
INNER JOIN foundation.person AS p ON c.person_id = p.person_id
LEFT JOIN foundation.person AS r ON c.recorded_by = r.caller_id
WHERE c.person_id = $1::bigint
ORDER BY c.recorded_at DESC, c.consent_id DESC
