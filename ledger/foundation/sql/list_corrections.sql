-- Purpose: corrections of a person's data, the latest first.
-- Parameters: $1 person_id bigint.
-- Result: correction_id, field, old_sealed, new_sealed, reason_sealed, state, asked_at, asker,
--   decided_at, decider (names; null for the system). Locks: none. Errors: none.
SELECT
    c.correction_id, c.field, c.old_sealed, c.new_sealed, c.reason_sealed, c.state, c.asked_at,
    a.display_name AS asker, c.decided_at, d.display_name AS decider
FROM foundation.correction AS c
LEFT JOIN foundation.person AS a ON c.asked_by = a.caller_id
LEFT JOIN foundation.person AS d ON c.decided_by = d.caller_id
WHERE c.person_id = $1::bigint
ORDER BY c.asked_at DESC, c.correction_id DESC
