-- Purpose: a proposal, whether it was approved, and the first day of the unit it is for.
-- Parameters: $1 proposal uuid.
-- Result: key, valid_from, proposed_by, approved_version (null: waiting), unit_began (null: the
--   platform). Locks: none. Errors: none.
SELECT
    p.key,
    p.valid_from,
    p.proposed_by,
    a.version AS approved_version,
    (
        SELECT min(u.valid_from)
        FROM foundation.org_unit_placement AS u
        WHERE u.org_unit_id = p.org_unit_id
    ) AS unit_began
FROM foundation.policy_proposal AS p
LEFT JOIN foundation.policy AS a ON p.proposal_id = a.proposal_id
WHERE p.proposal_id = $1::uuid
