-- Purpose: write down a proposed value.
-- Parameters: $1 proposal uuid; $2 org_unit_id uuid or null; $3 key; $4 value jsonb or null;
--   $5 valid_from date; $6 document_no; $7 caller int; $8 proposed_at timestamptz.
-- Result: none. Locks: none. Errors: 23503 unknown unit (org_unit_id_is_a_unit).
INSERT INTO foundation.policy_proposal (
    proposal_id, org_unit_id, key, value, valid_from, document_no, proposed_by, proposed_at
)
VALUES ($1::uuid, $2::uuid, $3::text, $4::jsonb, $5::date, $6::text, $7::int, $8::timestamptz)
