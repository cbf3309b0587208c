-- Purpose: let a proposal take effect from its first day.
-- Parameters: $1 proposal uuid; $2 caller int; $3 approved_at timestamptz.
-- Result: version; no row when another approval came first.
-- Locks: none. Errors: 23514 the proposer approves (policy_is_approved_by_another_person).
INSERT INTO foundation.policy (
    proposal_id, org_unit_id, key, value, valid_from, document_no, proposed_by,
    approved_by, approved_at
)
SELECT
    proposal_id, org_unit_id, key, value, valid_from, document_no, proposed_by,
    $2::int, $3::timestamptz
FROM foundation.policy_proposal
WHERE proposal_id = $1::uuid
ON CONFLICT (proposal_id) DO NOTHING
RETURNING version
