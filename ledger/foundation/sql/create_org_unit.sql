-- Purpose: a new organisation unit, without name or place yet.
-- Parameters: $1 org_unit_id uuid; $2 level text.
-- Result: none. Locks: none. Errors: 23514 unknown level (org_unit_level_is_known).
INSERT INTO foundation.org_unit (org_unit_id, level) VALUES ($1::uuid, $2::text)
